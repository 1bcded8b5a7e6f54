/** A host is not a file: files that a host lacks, other versions of a file, and pauses asked for. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { afterEach, mock, test } from 'node:test'
import type { Handler } from '../../../../../web/demo/server/media-server.ts'
import { retryAfter_s } from '../../../../../web/plugin/client/courier/http/retry-after.ts'
import { MissingFiles } from '../../../../../web/plugin/client/courier/video/missing-files.ts'
import { Bench, type BenchOptions } from './bench.ts'

let bench: Bench
const open = async (options?: BenchOptions): Promise<void> => {
  bench = await Bench.open(options)
  bench.prefer(1)
}
afterEach(async () => {
  mock.reset()
  await bench.close()
})

const kinds = (): string[] =>
  bench.outcomes.map(
    ({ host, kind }) => `${bench.hosts.findIndex(({ url }) => url === host)} ${kind}`,
  )

async function delivers(segment: number): Promise<void> {
  const { start, end } = bench.range(segment)
  const { bytes, valid } = await bench.fetch(bench.range(segment))
  assert.ok(bytes.equals(bench.video.subarray(start, end + 1)))
  assert.equal(valid, true)
}

/** Answers requests for the video's segments. */
const answer =
  (status: number, headers: Record<string, string> = {}): Handler =>
  (_, response) =>
    Boolean(
      response.writeHead(status, { 'Access-Control-Allow-Origin': '*', ...headers }).end('no'),
    )

const MINUTE_MS = 60_000

for (const status of [403, 404, 410, 416]) {
  test(`after ${status} the host is not asked for this file, until some minutes have passed`, async () => {
    await open({ handlers: { 1: answer(status) } })
    for (const segment of [0, 1, 2]) await delivers(segment)
    assert.deepEqual(kinds(), ['1 missing', '0 ok', '0 ok', '0 ok'])
    const now_ms = performance.now()
    mock.method(performance, 'now', () => now_ms + 6 * MINUTE_MS)
    assert.equal(bench.courier.missing.lacks(`${bench.host(1).url}/videos/video.mp4`), false)
  })
}

test('a host that lacks one file is asked for another', async () => {
  const lacksVideo: Handler = (_, response, url) =>
    url.pathname.endsWith('.mp4') && Boolean(response.writeHead(404).end())
  await open({ handlers: { 1: lacksVideo } })
  await delivers(0)
  const { valid } = await bench.fetch(undefined, { url: `${bench.origin.url}/videos/segment.ts` })
  assert.equal(valid, true)
  assert.deepEqual(kinds(), ['1 missing', '0 ok', '1 ok'])
})

test('when every host lacks the file, the origin is asked', async () => {
  await open({ handlers: { 1: answer(404), 2: answer(404) } })
  let lacking = true
  const origin = bench.origin
  origin.conditions.fault = 'http-404'
  for (const segment of [0, 1]) {
    const delivering = bench.fetch(bench.range(segment)).then(
      ({ valid }) => valid,
      () => false,
    )
    if (!lacking) assert.equal(await delivering, true)
    else assert.equal(await delivering, false)
    lacking = false
    origin.conditions.fault = 'none'
  }
  assert.equal(kinds().at(-1), '0 ok')
})

test('bytes of another version are those of a missing file, damaged ones of a corrupt host', async () => {
  const other = randomBytes(2_000_000)
  const otherVersion: Handler = (request, response) => {
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    const body = other.subarray(Number(start), Number(end) + 1)
    // Not at once: what comes as fast as from the browser's cache says nothing about a host.
    const send = () => response.writeHead(206, { 'Access-Control-Allow-Origin': '*' }).end(body)
    setTimeout(send, 100)
    return true
  }
  await open({ handlers: { 1: otherVersion } })
  await delivers(0)
  await delivers(1)
  assert.deepEqual(kinds(), ['1 missing', '0 ok', '0 ok'])
  assert.equal(bench.courier.corruptHosts.size, 0)
})

for (const pause of ['30', String(2 ** 31), '9'.repeat(400), 'Fri, 31 Dec 9999 23:59:59 GMT']) {
  test(`Retry-After: ${pause.slice(0, 20)} keeps the host alone for that time, at most ten minutes`, async () => {
    await open({ handlers: { 1: answer(429, { 'Retry-After': pause }) } })
    for (const segment of [0, 1, 2]) await delivers(segment)
    assert.deepEqual(kinds(), ['1 http-error', '0 ok', '0 ok', '0 ok'])
    const { url } = bench.host(1)
    assert.equal(bench.courier.paused.has(url), true)
    const now_ms = performance.now()
    mock.method(performance, 'now', () => now_ms + 11 * MINUTE_MS)
    assert.equal(bench.courier.paused.has(url), false)
  })
}

test('a Retry-After that is none asks for no pause', async () => {
  await open()
  for (const value of ['', '0', '-5', 'soon', 'Mon, 01 Jan 2001 00:00:00 GMT']) {
    assert.equal(retryAfter_s(new Headers(value ? { 'Retry-After': value } : {})), null)
  }
})

test('a host that lacks three files of a video, and has shown none, lacks the video', async () => {
  await open()
  const missing = new MissingFiles()
  const base = 'https://mirror.example/static/redundancy/hls/uuid/'
  for (const file of ['audio', '360', '720']) {
    assert.equal(missing.lacks(`${base}1080.mp4`), false)
    missing.noteMissing(`${base}${file}.mp4?token=1`)
  }
  assert.equal(missing.lacks(`${base}1080.mp4`), true)
  assert.equal(missing.lacks('https://mirror.example/static/redundancy/hls/other/1080.mp4'), false)
  missing.noteFound(`${base}1080.mp4`)
  assert.equal(missing.lacks(`${base}480.mp4`), false)
  assert.equal(missing.lacks(`${base}audio.mp4`), true)
})
