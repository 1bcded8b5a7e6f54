/** Delivery of segments from faulty hosts: hedge, rescue, failover, repair and abort. */
import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Handler } from '../../../../../web/demo/server/media-server.ts'
import type { Planner } from '../../../../../web/plugin/client/courier/planner.ts'
import { Fallback } from '../../../../../web/plugin/client/planner/fallback.ts'
import { until } from '../../../until.ts'
import { Bench, type BenchOptions } from './bench.ts'

let bench: Bench
const open = async (options?: BenchOptions): Promise<Bench> => (bench = await Bench.open(options))
afterEach(() => bench.close())

const kinds = (): string[] =>
  bench.outcomes.map(({ host, kind }) => `${bench.hosts.findIndex((h) => h.url === host)} ${kind}`)
const asked = (): string[] =>
  bench.events.flatMap((event) =>
    event.type === 'asked'
      ? `${bench.hosts.findIndex((host) => host.url === event.host)} ${event.role}`
      : [],
  )
const serving = (): unknown[] => bench.hosts.flatMap((host) => host.serving)

/** Fetches a segment as the player does, and checks its bytes. */
async function delivers(segment: number): Promise<void> {
  const { start, end } = bench.range(segment)
  const { status, bytes, valid } = await bench.fetch({ start, end })
  assert.equal(status, 206)
  assert.ok(bytes.equals(bench.video.subarray(start, end + 1)), 'the right bytes')
  assert.equal(valid, true)
  // A host notices a moment later that its request has ended.
  await until(() => serving().length === 0)
}

async function failing(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => assert.fail('should have failed'),
    (error: unknown) => error as Error,
  )
}

/** Plans like the fallback, but never gives up a host that still delivers. */
const steadfast = (): Planner => {
  const fallback = new Fallback({})
  return {
    plan: (request) => fallback.plan(request),
    progress: () => Promise.resolve({ rescue: null, why: 'never' }),
    idle: (idle) => fallback.idle(idle),
    observe: (outcome) => fallback.observe(outcome),
    discard: (outcome) => fallback.discard(outcome),
  }
}

/** Serves the first half, with wrong bytes, and then closes the connection. */
const halfAndWrong: Handler = (request, response) => {
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
  if (!range) return false
  const length = Number(range[2]) + 1 - Number(range[1])
  response.writeHead(206, { 'Content-Length': length, 'Access-Control-Allow-Origin': '*' })
  response.write(Buffer.alloc(length >> 1), () => setTimeout(() => response.destroy(), 50))
  return true
}

test('a healthy origin serves the first visit alone', async () => {
  await open()
  await delivers(0)
  await delivers(1)
  assert.deepEqual(kinds(), ['0 ok', '0 ok'])
  const [first] = bench.outcomes
  assert.ok(first?.cold && !first.overlapped && first.status === 206 && first.bytes === 400_000)
  assert.ok(first.ttfb_s !== null && first.ttfb_s > 0.01 && first.ttfb_s <= first.total_s)
  assert.equal(bench.outcomes[1]?.cold, false)
})

test('a host that never answers is hedged, and the next segment asks the other first', async () => {
  await open()
  bench.degrade(0, { fault: 'silent' })
  await delivers(0)
  assert.deepEqual(kinds(), ['0 aborted', '1 ok'])
  assert.ok(bench.outcomes[0]?.overlapped)
  await delivers(1)
  assert.deepEqual(kinds().slice(2), ['1 ok'])
})

test('two hosts that never answer cost no error', async () => {
  await open()
  bench.degrade(0, { fault: 'silent' })
  bench.degrade(1, { fault: 'silent' })
  await delivers(0)
  assert.deepEqual(kinds(), ['0 timeout', '1 aborted', '2 ok'])
})

for (const fault of ['http-503', 'http-404', 'refuse'] as const) {
  test(`${fault} is failed over to the next host, and the next`, async () => {
    await open()
    bench.degrade(0, { fault })
    bench.degrade(1, { fault })
    await delivers(0)
    const kind = fault === 'http-404' ? 'missing' : 'http-error'
    assert.deepEqual(kinds(), [`0 ${kind}`, `1 ${kind}`, '2 ok'])
  })
}

test('a mirror that answers a range with the whole file is not used', async () => {
  await open({
    handlers: { 1: (_, response) => Boolean(response.writeHead(200).end(bench.video)) },
  })
  bench.prefer(1)
  await delivers(0)
  assert.deepEqual(kinds(), ['1 http-error', '0 ok'])
})

test('a mirror that announces the wrong length has another version of the file', async () => {
  const short: Handler = (_, response) =>
    Boolean(response.writeHead(206, { 'Content-Length': 9 }).end('too short'))
  await open({ handlers: { 1: short } })
  bench.prefer(1)
  await delivers(0)
  assert.deepEqual(kinds(), ['1 missing', '0 ok'])
})

for (const fault of ['cut', 'freeze'] as const) {
  test(`after a ${fault} another host goes on where the first stopped`, async () => {
    await open({ planner: steadfast() })
    bench.degrade(0, { fault })
    await delivers(1)
    assert.deepEqual(kinds(), ['0 stall', '1 ok'])
    const { start, end } = bench.range(1)
    assert.equal(bench.host(1).requests.at(-1)?.range, `bytes=${start + 200_000}-${end}`)
  })
}

test('a slow host is left for the rest of the segment', async () => {
  await open()
  bench.degrade(0, { rate_kBps: 40 })
  await delivers(0)
  assert.deepEqual(kinds(), ['0 switched', '1 ok'])
  assert.equal(bench.load.events.counters.asked.rescue, 1)
})

test('a rescue ends after two, so that slow hosts do not make it worse', async () => {
  await open({ mirrors: 3 })
  for (const host of [0, 1, 2, 3]) bench.degrade(host, { rate_kBps: 60 })
  await delivers(0)
  // On a busy machine a fourth host may be asked because the third is late, and be broken off.
  const ends = bench.outcomes.map(({ kind }) => kind).filter((kind) => kind !== 'aborted')
  assert.deepEqual(ends, ['switched', 'switched', 'ok'])
  assert.equal(bench.load.events.counters.asked.rescue, 2)
})

test('a rescue by a slower host returns to the first host', async () => {
  await open({ mirrors: 1 })
  bench.degrade(0, { rate_kBps: 70 })
  bench.degrade(1, { rate_kBps: 5 })
  await delivers(0)
  assert.deepEqual(kinds(), ['0 switched', '1 switched', '0 ok'])
})

test('wrong bytes never reach the player, and their host is not asked again', async () => {
  await open()
  bench.prefer(1)
  bench.degrade(1, { fault: 'flip' })
  await delivers(0)
  assert.deepEqual(kinds(), ['1 corrupt', '0 ok'])
  await delivers(1)
  assert.deepEqual(kinds().slice(2), ['0 ok'])
  assert.equal(bench.load.events.counters.corrupt, 1)
  const { bytes, delivered_bytes } = bench.load.events.counters
  assert.deepEqual([bytes, delivered_bytes], [1_200_000, 800_000])
})

test('wrong bytes from an origin alone are refused', async () => {
  await open({ mirrors: 0 })
  bench.degrade(0, { fault: 'flip' })
  const { valid } = await bench.fetch(bench.range(0))
  assert.equal(valid, false)
  bench.degrade(0, { fault: 'none' })
  await delivers(0)
})

test('wrong bytes are repaired by the best uninvolved host, not by a slow origin', async () => {
  await open()
  bench.prefer(1, 2)
  bench.degrade(0, { rate_kBps: 20 })
  bench.degrade(1, { fault: 'flip' })
  await delivers(0)
  assert.deepEqual(asked(), ['1 primary', '2 repair'])
})

test('if two hosts share a segment, the host of the wrong half is blamed', async () => {
  await open({ handlers: { 1: halfAndWrong } })
  bench.prefer(1)
  await delivers(0)
  assert.deepEqual(asked(), ['1 primary', '0 failover', '2 repair'])
  assert.deepEqual(kinds(), ['1 stall', '1 corrupt', '0 ok', '2 ok'])
  assert.deepEqual([...bench.courier.corruptHosts], [bench.host(1).url])
})

test('a host with right bytes is not blamed for the host that went on after it', async () => {
  await open()
  bench.prefer(1)
  bench.degrade(1, { fault: 'cut' })
  bench.degrade(0, { fault: 'flip' })
  await delivers(0)
  assert.deepEqual([...bench.courier.corruptHosts], [bench.origin.url])
})

test('when no host has the right bytes the segment is refused, and the hosts are blamed', async () => {
  await open({ mirrors: 1 })
  bench.degrade(0, { fault: 'flip' })
  bench.degrade(1, { fault: 'flip' })
  const began = performance.now()
  const { valid } = await bench.fetch(bench.range(0))
  assert.equal(valid, false)
  assert.ok(performance.now() - began > 2990, 'no faster than PeerTube: retries are few')
  assert.deepEqual(kinds().sort(), ['0 corrupt', '1 corrupt'])
  bench.degrade(1, { fault: 'none' })
  await delivers(0)
})

test('an outdated sha256 list is loaded again before all hosts are blamed', async () => {
  let lists = 0
  await open({
    digests: (right) => (lists === 0 ? { ...right, '0-399999': '0'.repeat(64) } : right),
  })
  lists += 1
  await bench.rewriteList()
  await delivers(0)
  assert.deepEqual([...bench.courier.corruptHosts], [])
})

test('a segment that is not on the sha256 list is asked of the origin alone', async () => {
  await open({ digests: () => ({}) })
  bench.prefer(1)
  await bench.load.hashes.digest('nothing', undefined)
  await delivers(0)
  assert.deepEqual(asked(), ['0 primary'])
})

test('without a sha256 list no mirror is asked', async () => {
  await open({
    handlers: {
      0: (_, response, url) =>
        url.pathname.endsWith('.json') && Boolean(response.writeHead(404).end()),
    },
  })
  bench.prefer(1)
  await bench.load.hashes.digest('nothing', undefined)
  await delivers(0)
  assert.deepEqual(asked(), ['0 primary'])
})

test('bytes of a mirror are replaced when the sha256 list cannot be loaded', async () => {
  let isAsked = false
  const slowly: Handler = async (_, response, url) => {
    if (!url.pathname.endsWith('.json')) return false
    await until(() => isAsked)
    response.writeHead(500).end()
    return true
  }
  await open({ handlers: { 0: slowly } })
  bench.load.events.on(({ type }) => (isAsked ||= type === 'asked'))
  bench.prefer(1)
  bench.degrade(1, { fault: 'flip' })
  await delivers(0)
  assert.deepEqual(asked(), ['1 primary', '0 repair'])
})

test('when every host fails they are asked again for as long as PeerTube would wait', async () => {
  await open()
  for (const host of [0, 1, 2]) bench.degrade(host, { fault: 'http-503' })
  const began = performance.now()
  const error = await failing(bench.fetch(bench.range(0)))
  assert.equal(error.name, 'abort', 'the one name that p2p-media-loader 2.2.2 listens to')
  const took_s = (performance.now() - began) / 1000
  assert.ok(took_s > 2.99, `${took_s} s`)
  assert.deepEqual(
    asked()
      .map(([host]) => host)
      .join(''),
    '012'.repeat(4),
  )
})

test('a short outage of everything is survived without an error', async () => {
  await open()
  for (const host of [0, 1, 2]) bench.degrade(host, { fault: 'refuse' })
  bench.load.events.on((event) => {
    // The last of the three hosts has failed.
    if (event.type === 'fetched' && event.host === bench.host(2).url) {
      bench.degrade(1, { fault: 'none' })
    }
  })
  await delivers(0)
})

test('a player that aborts leaves no request and no timer behind', async () => {
  await open()
  for (const host of [0, 1, 2]) bench.degrade(host, { fault: 'silent' })
  const abort = new AbortController()
  const fetched = failing(bench.fetch(bench.range(0), { signal: abort.signal }))
  await until(() => asked().length === 2)
  abort.abort('abort')
  assert.equal(await fetched, 'abort')
  await until(() => serving().length === 0)
  assert.deepEqual(kinds(), ['0 aborted', '1 aborted'])
  // Long enough for any timer that still runs; on a slower machine the test is only milder.
  await sleep(400)
  assert.equal(bench.outcomes.length, 2, 'no timer goes on')
})

test('a player that aborts in the middle of a body leaves no request behind', async () => {
  await open()
  bench.degrade(0, { rate_kBps: 100 })
  const abort = new AbortController()
  const fetched = failing(bench.fetch(bench.range(0), { signal: abort.signal }))
  await until(() => bench.origin.serving.some(({ sent }) => sent > 0))
  abort.abort('abort')
  await fetched
  await until(() => serving().length === 0)
  assert.deepEqual(kinds(), ['0 aborted'])
})

test('a loader that resumes gets the rest, and the whole is checked', async () => {
  await open({ mirrors: 0 })
  bench.degrade(0, { fault: 'cut' })
  const had: Uint8Array[] = []
  const range = bench.range(0)
  await failing(bench.fetch(range, { had }))
  const loaded = had.reduce((sum, chunk) => sum + chunk.length, 0)
  assert.ok(loaded >= 200_000 && loaded < 400_000)
  bench.degrade(0, { fault: 'none' })
  const requested = { start: range.start + loaded, end: range.end }
  const { bytes, valid } = await bench.fetch(range, { had, requested })
  assert.ok(bytes.equals(bench.video.subarray(0, 400_000)))
  assert.equal(valid, true)
})

test('wrong bytes that a resuming loader already holds are repaired in place', async () => {
  await open({ handlers: { 1: halfAndWrong } })
  bench.prefer(1)
  bench.degrade(0, { fault: 'http-503' })
  bench.degrade(2, { fault: 'http-503' })
  const had: Uint8Array[] = []
  const range = bench.range(0)
  await failing(bench.fetch(range, { had }))
  bench.degrade(0, { fault: 'none' })
  const loaded = had.reduce((sum, chunk) => sum + chunk.length, 0)
  assert.ok(loaded > 0)
  const requested = { start: range.start + loaded, end: range.end }
  const { bytes, valid } = await bench.fetch(range, { had, requested })
  assert.ok(bytes.equals(bench.video.subarray(0, 400_000)))
  assert.equal(valid, true)
  assert.deepEqual([...bench.courier.corruptHosts], [bench.host(1).url])
})

test('a loader that resumes with bytes unknown to us is checked by its own validator', async () => {
  await open()
  const range = bench.range(0)
  const requested = { start: 1000, end: range.end }
  const right = await bench.fetch(range, { had: [bench.video.subarray(0, 1000)], requested })
  assert.equal(right.valid, true)
  const wrong = await bench.fetch(range, { had: [new Uint8Array(1000)], requested })
  assert.equal(wrong.valid, false)
})

test('credentials reach the origin and no mirror', async () => {
  const setup = (url: string): Promise<Request> => {
    const mirror = Math.random() < 0.5
    const request = mirror
      ? new Request('http://mirror.invalid/')
      : new Request(url, { headers: { Authorization: 'Bearer secret' } })
    return Promise.resolve(request)
  }
  await open({ setup })
  bench.prefer(1)
  await delivers(0)
  bench.degrade(1, { fault: 'http-503' })
  bench.degrade(2, { fault: 'cut' })
  bench.prefer(1, 2)
  await delivers(1)
  assert.deepEqual(kinds(), ['1 ok', '1 http-error', '2 stall', '0 ok'])
  const credentials = bench.hosts.map((host) =>
    host.requests.filter(({ segment }) => segment).map(({ authorization }) => authorization),
  )
  assert.deepEqual(credentials, [['Bearer secret'], [null, null], [null]])
})

for (const fault of ['none', 'cut', 'flip', 'http-503'] as const) {
  test(`a segment that is a file of its own survives ${fault}`, async () => {
    await open()
    bench.degrade(0, { fault })
    const url = `${bench.origin.url}/videos/segment.ts`
    const { status, bytes, valid } = await bench.fetch(undefined, { url })
    assert.equal(status, 200)
    assert.ok(bytes.equals(bench.video))
    assert.equal(valid, true)
  })
}

test('a host that ignores ranges may still give the rest of a file', async () => {
  await open({
    handlers: { 1: (_, response) => Boolean(response.writeHead(200).end(bench.video)) },
  })
  bench.degrade(0, { fault: 'cut' })
  const url = `${bench.origin.url}/videos/segment.ts`
  const { bytes, valid } = await bench.fetch(undefined, { url })
  assert.ok(bytes.equals(bench.video))
  assert.equal(valid, true)
  assert.deepEqual(asked(), ['0 primary', '1 failover'])
})

test('two segments at once are marked as sharing the link', async () => {
  await open()
  bench.degrade(0, { rate_kBps: 2000 })
  await Promise.all([bench.fetch(bench.range(0)), bench.fetch(bench.range(1))])
  assert.deepEqual(
    bench.outcomes.map(({ overlapped }) => overlapped),
    [true, true],
  )
})

test('a peer must bring the right bytes', async () => {
  await open()
  const range = bench.range(0)
  const { validateP2PSegment } = bench.options
  const right = new Uint8Array(bench.video.subarray(0, 400_000)).buffer
  assert.equal(await validateP2PSegment?.(bench.url, range, right), true)
  assert.equal(await validateP2PSegment?.(bench.url, range, new ArrayBuffer(400_000)), false)
  assert.equal(await validateP2PSegment?.(bench.url, { start: 0, end: 1 }, right), false)
})
