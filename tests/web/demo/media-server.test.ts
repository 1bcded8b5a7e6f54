/** The demo’s hosts: byte ranges, rate limits, faults, and logs. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { readConditions, HEALTHY, type Conditions } from '../../../web/demo/server/conditions.ts'
import { HOPELESS_MS, until } from '../until.ts'
import { MediaServer } from '../../../web/demo/server/media-server.ts'

const CONTENT = Buffer.from(Array.from({ length: 60_000 }, (_, i) => i % 251))

let folder = ''
let server: MediaServer
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'media-server-'))
  await writeFile(path.join(folder, 'a.mp4'), CONTENT)
  await writeFile(path.join(folder, 'list.json'), '{}')
  server = await new MediaServer({
    name: 'host',
    mounts: { '/private/': folder, '/': folder },
    authorization: 'Bearer viewer',
  }).start()
})
after(async () => {
  await server.stop()
  await rm(folder, { recursive: true })
})

function set(conditions: Partial<Conditions>): void {
  server.conditions = { ...HEALTHY, latency_ms: 0, jitter_ms: 0, ...conditions }
}

const ask = (range?: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${server.url}/a.mp4`, {
    headers: { ...headers, ...(range !== undefined && { Range: range }) },
    signal: AbortSignal.timeout(HOPELESS_MS),
  })
const body = async (answer: Promise<Response>): Promise<Buffer> =>
  Buffer.from(await (await answer).arrayBuffer())

describe('a host', () => {
  test('serves whole files, ranges and the tail', async () => {
    set({})
    assert.deepEqual(await body(ask()), CONTENT)
    assert.deepEqual(await body(ask('bytes=10-19')), CONTENT.subarray(10, 20))
    assert.deepEqual(await body(ask('bytes=59990-')), CONTENT.subarray(59_990))
    const partial = await ask('bytes=10-19')
    assert.equal(partial.status, 206)
    assert.equal(partial.headers.get('Content-Range'), 'bytes 10-19/60000')
    assert.equal((await ask('bytes=60000-')).status, 416)
  })

  test('serves nothing from outside its folder', async () => {
    set({})
    for (const name of ['..%2f..%2fetc%2fpasswd', '%2e%2e/a.mp4/..', 'missing.mp4', '']) {
      assert.equal((await fetch(`${server.url}/${name}`)).status, 404, name)
    }
  })

  test('serves private files to authorised viewers alone', async () => {
    set({})
    const url = `${server.url}/private/list.json`
    assert.equal((await fetch(url)).status, 403)
    assert.equal((await fetch(url, { headers: { Authorization: 'Bearer viewer' } })).status, 200)
  })

  test('keeps to its rate, for each viewer separately', async () => {
    set({ rate_kBps: 100 })
    const began = performance.now()
    const ended: string[] = []
    const fetchAll = async (Origin: string): Promise<void> => {
      await body(ask(undefined, { Origin }))
      ended.push(Origin)
    }
    // Two requests of one viewer share that viewer's rate, and so end last.
    await Promise.all(['http://twice', 'http://twice', 'http://one', 'http://two'].map(fetchAll))
    const took_s = (performance.now() - began) / 1000
    assert.ok(took_s > 1.1, `120 kB at 100 kB/s took ${took_s} s`)
    assert.deepEqual(ended.slice(0, 2).sort(), ['http://one', 'http://two'])
  })

  test('shows its faults, on segments alone', async () => {
    for (const [fault, status] of [
      ['http-503', 503],
      ['http-404', 404],
    ] as const) {
      set({ fault })
      assert.equal((await ask()).status, status)
    }
    for (const fault of ['refuse', 'cut'] as const) {
      set({ fault })
      await assert.rejects(body(ask()), fault)
    }
    for (const fault of ['silent', 'freeze'] as const) {
      set({ fault })
      const signal = AbortSignal.timeout(200)
      const never = fetch(`${server.url}/a.mp4`, { signal }).then((answer) => answer.arrayBuffer())
      await assert.rejects(never, { name: 'TimeoutError' })
    }
    set({ fault: 'flip' })
    const wrong = await body(ask())
    assert.equal(wrong.length, CONTENT.length)
    assert.notDeepEqual(wrong, CONTENT)
    set({ fault: 'no-ranges' })
    const whole = await ask('bytes=0-99')
    assert.equal(whole.status, 200)
    assert.equal((await body(Promise.resolve(whole))).length, CONTENT.length)
    assert.equal((await fetch(`${server.url}/list.json`)).status, 200)
  })

  test('logs how every request ended', async () => {
    server.requests.length = 0
    set({ fault: 'cut' })
    await body(ask('bytes=0-99')).catch(() => undefined)
    set({})
    await body(ask('bytes=0-99'))
    set({ rate_kBps: 1 })
    const impatient = new AbortController()
    const given = fetch(`${server.url}/a.mp4`, { signal: impatient.signal })
      .then((answer) => answer.arrayBuffer())
      .catch(() => undefined)
    await until(() => server.serving.length > 0)
    impatient.abort()
    await given
    await until(() => server.serving.length === 0)
    assert.deepEqual(
      server.requests.map(({ ended }) => ended),
      ['closed-by-host', 'done', 'closed-by-viewer'],
    )
    assert.equal(server.requests[0]?.range, 'bytes=0-99')
  })
})

describe('a change of conditions', () => {
  test('changes its own fields and nothing else', () => {
    assert.deepEqual(readConditions({ rate_kBps: null, fault: 'cut' }, HEALTHY), {
      ...HEALTHY,
      rate_kBps: null,
      fault: 'cut',
    })
  })

  test('names the field that is wrong', () => {
    for (const [change, field] of [
      [{ latency_ms: -1 }, /^latency_ms:/],
      [{ latency_ms: Number.NaN }, /^latency_ms:/],
      [{ rate_kBps: '9' }, /^rate_kBps:/],
      [{ fault: 'fire' }, /^fault:/],
      [{ colour: 1 }, /^colour:/],
      ['none', /JSON object/],
    ] as const) {
      assert.throws(() => readConditions(change, HEALTHY), { name: 'RangeError', message: field })
    }
  })
})
