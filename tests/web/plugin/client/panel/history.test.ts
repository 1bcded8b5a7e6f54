/** The panel's history, fed by a real courier with real hosts. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { History } from '../../../../../web/plugin/client/panel/history.ts'
import type { HlsView } from '../../../../../web/plugin/client/courier/video/playback.ts'
import { Bench } from '../courier/bench.ts'

let bench: Bench
let history: History
beforeEach(async () => {
  bench = await Bench.open()
  history = new History(bench.load.events)
})
afterEach(() => bench.close())

/** Sets up a playing video with this buffer. */
function buffered(buffer_s: number): void {
  const media = {
    currentTime: 0,
    played: { length: 1 },
    buffered: { length: 1, start: () => 0, end: () => buffer_s },
  }
  bench.load.view.watch({ media, levels: [], audioTracks: [] } as unknown as HlsView)
}

const shares = (): (number | undefined)[] =>
  bench.hosts.map(({ url }) => history.hosts.get(url)?.served)

test('the hosts of the video are listed, the origin first, with their readings', async () => {
  bench.degrade(0, { latency_ms: 20 })
  await bench.fetch(bench.range(0))
  assert.deepEqual(
    [...history.hosts.keys()],
    bench.hosts.map(({ url }) => url),
  )
  assert.deepEqual(shares(), [1, 0, 0])
  const origin = history.hosts.get(bench.origin.url)
  assert.equal(origin?.ttfb_s.length, 1)
  assert.ok((origin.rate_mbps[0] ?? 0) > 0)
  assert.equal(history.lastChoice[0]?.[1]['host'], bench.origin.url)
})

test('a slow host that is left in time is a stall avoided, and both have their share', async () => {
  buffered(10)
  bench.degrade(0, { rate_kBps: 30 })
  await bench.fetch(bench.range(0))
  assert.equal(history.stallsAvoided, 1)
  assert.equal(history.counters.asked.rescue, 1)
  const [origin = 0, ...mirrors] = shares()
  assert.ok(origin > 0 && origin < 0.5)
  assert.ok(
    Math.abs(origin + mirrors.reduce((sum: number, share = 0) => sum + share, 0) - 1) < 1e-9,
  )
})

test('a failure is a stall avoided if the buffer is shorter than PeerTube’s wait', async () => {
  bench.degrade(0, { fault: 'http-503' })
  buffered(2.9)
  await bench.fetch(bench.range(0))
  assert.equal(history.stallsAvoided, 1)
  assert.equal(history.counters.asked.failover, 1)
})

test('a failure with a long buffer would have passed unnoticed, and is not counted', async () => {
  bench.degrade(0, { fault: 'http-503' })
  buffered(20)
  await bench.fetch(bench.range(0))
  assert.equal(history.stallsAvoided, 0)
  assert.equal(history.counters.asked.failover, 1)
})

test('nothing is counted before the video plays, because it waits then in any case', async () => {
  bench.degrade(0, { fault: 'http-503' })
  await bench.fetch(bench.range(0))
  assert.equal(history.stallsAvoided, 0)
})

test('a fetch from the browser’s cache is no reading of the host', async () => {
  const { load, origin } = bench
  const now_s = Date.now() / 1000
  load.events.emit({
    ...{ type: 'fetched', segment: load.nextSegment('video.mp4', 0, 399_999), role: 'primary' },
    ...{ host: origin.url, plan: 0, first: 0, bytes: 400_000, kind: 'ok', status: 206, now_s },
    ...{ ttfb_s: 0.003, total_s: 0.006, cold: false, overlapped: false },
  })
  assert.deepEqual(history.hosts.get(origin.url)?.ttfb_s ?? [], [])
  // This host is slower than a cache.
  bench.degrade(0, { latency_ms: 20 })
  await bench.fetch(bench.range(0))
  assert.equal(history.hosts.get(origin.url)?.ttfb_s.length, 1)
})

test('readings can be forgotten; the hosts stay', async () => {
  await bench.fetch(bench.range(0))
  history.forget()
  assert.deepEqual(shares(), [0, 0, 0])
  assert.deepEqual(history.lastChoice, [])
})
