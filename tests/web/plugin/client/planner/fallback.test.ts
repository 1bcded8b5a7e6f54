/** The fallback policy: its ranking, hedges and rescues. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Fallback } from '../../../../../web/plugin/client/planner/fallback.ts'
import type { FetchSoFar, Outcome, PlanRequest } from '../../../../../web/plugin/messages.ts'

const HOSTS = ['origin', 'a', 'b', 'c']

const request = (change: Partial<PlanRequest> = {}): PlanRequest => ({
  now_s: 1000,
  hosts: HOSTS,
  bytes: 1e6,
  segment_s: 4,
  buffer_s: 20,
  segments_left: 10,
  starting: false,
  attempt: 0,
  ...change,
})

const outcome = (host: string, change: Partial<Outcome>): Outcome => ({
  plan: 0,
  host,
  now_s: 1000,
  kind: 'ok',
  status: 206,
  ttfb_s: 0.1,
  total_s: 1,
  bytes: 1e6,
  cold: false,
  overlapped: false,
  ...change,
})

const soFar = (change: Partial<FetchSoFar> = {}): FetchSoFar => ({
  plan: 0,
  host: 'origin',
  now_s: 1000,
  ttfb_s: 0.1,
  body_s: 1,
  bytes: 100_000,
  bytes_left: 900_000,
  buffer_s: 20,
  tried: ['origin'],
  rescues: 0,
  ...change,
})

const ranking = async (fallback: Fallback, change: Partial<PlanRequest> = {}): Promise<string> =>
  (await fallback.plan(request(change))).ranking.join(' ')

test('on the first visit the origin comes first', async () => {
  assert.equal(await ranking(new Fallback({})), 'origin a b c')
})

const first = async (fallback: Fallback): Promise<string | undefined> =>
  (await ranking(fallback)).split(' ')[0]

test('first segments that are requested together go to different hosts', async () => {
  const fallback = new Fallback({})
  assert.deepEqual([await first(fallback), await first(fallback)], ['origin', 'a'])
  fallback.observe(outcome('a', {}))
  assert.equal(await first(fallback), 'a', 'it has answered, and the origin has not')
})

test('hosts that are about as fast share segments that are fetched at once', async () => {
  const fallback = new Fallback({})
  await Promise.all([ranking(fallback), ranking(fallback)])
  for (const host of ['a', 'origin']) fallback.observe(outcome(host, {}))
  assert.deepEqual([await first(fallback), await first(fallback)], ['origin', 'a'])
  fallback.observe(outcome('origin', {}))
  assert.equal(await first(fallback), 'origin')
})

test('a host’s rate is the rate of all its fetches together', async () => {
  const fallback = new Fallback({})
  fallback.prefer(['b'])
  await Promise.all([ranking(fallback), ranking(fallback)])
  fallback.observe(outcome('a', {}))
  fallback.observe(outcome('b', { bytes: 5e5 }))
  fallback.observe(outcome('b', { bytes: 1e6 }))
  assert.equal(await first(fallback), 'b')
})

test('a remembered host is trusted before it has answered', async () => {
  const fallback = new Fallback({})
  fallback.prefer(['b'])
  assert.deepEqual([await first(fallback), await first(fallback)], ['b', 'b'])
})

test('a host that is clearly faster goes first, before a remembered host', async () => {
  for (const [fast, ranked] of [
    [{ bytes: 1.4e6 }, 'b origin a c'],
    [{ bytes: 1.6e6 }, 'c b origin a'],
    [{ bytes: 2e5, total_s: 0.15 }, 'c b origin a'],
  ] as const) {
    const fallback = new Fallback({})
    fallback.prefer(['b'])
    fallback.observe(outcome('b', {}))
    fallback.observe(outcome('c', fast))
    assert.equal(await ranking(fallback), ranked)
    fallback.observe(outcome('c', { kind: 'http-error' }))
    assert.equal(await first(fallback), 'b')
  }
})

test('remembered hosts come first, then hosts with a good prior, then the origin', async () => {
  const fallback = new Fallback({
    c: { rate_mbps: 2, ttfb_s: 0.1 },
    b: { rate_mbps: 8, ttfb_s: 0.1 },
    gone: { rate_mbps: 100, ttfb_s: 0 },
  })
  assert.equal(await ranking(fallback), 'b c origin a')
  fallback.prefer(['a', 'vanished'])
  assert.equal(await ranking(fallback), 'a b c origin')
})

for (const kind of ['http-error', 'timeout', 'stall', 'corrupt'] as const) {
  test(`a host with ${kind} goes last for 30 s, unless it serves well before`, async () => {
    const fallback = new Fallback({})
    fallback.observe(outcome('origin', { kind }))
    assert.equal(await ranking(fallback, { now_s: 1029 }), 'a b c origin')
    assert.equal(await ranking(fallback, { now_s: 1031 }), 'origin a b c')
    fallback.observe(outcome('origin', { kind, now_s: 1040 }))
    fallback.observe(outcome('origin', { now_s: 1041 }))
    assert.equal(await ranking(fallback, { now_s: 1042 }), 'origin a b c')
  })
}

test('hosts too slow for the video go behind the others for 30 s, the slowest last', async () => {
  const fallback = new Fallback({})
  const slow = { bytes: 40_000, total_s: 1.1 }
  fallback.observe(outcome('origin', slow))
  fallback.observe(outcome('a', { ...slow, kind: 'switched', bytes: 80_000 }))
  fallback.observe(outcome('b', { kind: 'http-error' }))
  assert.equal(await ranking(fallback), 'c a origin b')
  assert.equal(await ranking(fallback, { bytes: 500_000 }), 'a c origin b')
  assert.equal(await ranking(fallback, { now_s: 1031 }), 'origin a b c')
})

test('a host that loses to a hedge counts as late, a host that the player aborts does not', async () => {
  const fallback = new Fallback({})
  fallback.observe(outcome('origin', { kind: 'aborted', ttfb_s: null, total_s: 0.2 }))
  fallback.observe(outcome('a', { kind: 'aborted', ttfb_s: 0.1, total_s: 3 }))
  assert.equal(await ranking(fallback), 'origin a b c')
  fallback.observe(outcome('origin', { kind: 'aborted', ttfb_s: null, total_s: 1.1 }))
  assert.equal(await ranking(fallback), 'a b c origin')
})

test('a late host is hedged sooner when the buffer is short', async () => {
  const hedge = async (change: Partial<PlanRequest>) =>
    (await new Fallback({}).plan(request({ bytes: 500_000, ...change }))).hedge
  assert.deepEqual(await hedge({}), { host: 'a', after_s: 1.5 })
  assert.deepEqual(await hedge({ buffer_s: 7 }), { host: 'a', after_s: 1 })
  assert.deepEqual(await hedge({ starting: true }), { host: 'a', after_s: 1 })
  assert.equal(await hedge({ hosts: ['origin'] }), null)
})

test('rescues of two segments go to two unknown hosts, if there are two', async () => {
  const fallback = new Fallback({})
  await fallback.plan(request())
  const rescue = async () => (await fallback.progress(soFar({}))).rescue
  assert.deepEqual([await rescue(), await rescue(), await rescue()], ['a', 'b', 'c'])
  assert.equal(await rescue(), 'a')
})

test('a host is left if it is slower than the video and the buffer would not last', async () => {
  const fallback = new Fallback({})
  await fallback.plan(request())
  const rescue = async (change: Partial<FetchSoFar>) =>
    (await fallback.progress(soFar(change))).rescue
  assert.equal(await rescue({}), 'a', 'another 9 s for a segment of 4 s')
  assert.equal(await rescue({ tried: ['origin', 'a'] }), 'b')
  assert.equal(await rescue({ tried: HOSTS }), null, 'nobody is known to be faster')
  assert.equal(await rescue({ bytes: 300_000 }), null, 'another 3 s with 20 s in the buffer')
  const urgent = { bytes: 300_000, buffer_s: 2.5 }
  assert.equal(await rescue(urgent), null, 'an unknown host may be worse')
  fallback.observe(outcome('c', { bytes: 600_000, total_s: 1.1 }))
  assert.equal(await rescue(urgent), 'c')
  assert.equal(await rescue(urgent), null, 'it would have to share with the other rest')
  fallback.observe(outcome('c', { bytes: 600_000, total_s: 1.1 }))
  assert.equal(await rescue({ ...urgent, tried: HOSTS }), 'c', 'a faster host is gone back to')
  assert.equal(await rescue({ bytes: 600_000, buffer_s: 0 }), null, 'not worth a change')
})

for (const back_s of [0, 10, 3600, 1e8]) {
  test(`a failure is forgotten within a minute when the clock is set back ${back_s} s`, async () => {
    const fallback = new Fallback({})
    fallback.prefer(['b'])
    fallback.observe(outcome('b', { kind: 'http-error', now_s: 2e8 }))
    const firsts = []
    for (const later_s of [1, 45, 100]) {
      firsts.push((await ranking(fallback, { now_s: 2e8 - back_s + later_s })).split(' ')[0])
    }
    assert.deepEqual(firsts, ['origin', 'b', 'b'])
  })
}

test('a fetch that came from the cache is not under way any more', async () => {
  for (const discards of [true, false]) {
    const fallback = new Fallback({})
    fallback.prefer(['a'])
    fallback.observe(outcome('a', { bytes: 5e6 }))
    fallback.observe(outcome('origin', { bytes: 1.5e6 }))
    for (let segment = 0; segment < 8; segment++) {
      const now_s = 1000 + 3 * segment
      assert.equal((await ranking(fallback, { now_s })).split(' ')[0], 'a')
      if (discards) fallback.discard(outcome('a', { now_s }))
    }
  }
})

test('a file that a host lacks says nothing about the host', async () => {
  const fallback = new Fallback({})
  fallback.prefer(['b'])
  fallback.observe(outcome('b', { kind: 'missing', status: 404, bytes: 0 }))
  assert.equal(await ranking(fallback), 'b origin a c')
})

test('hosts that are to be spared come after those that serve well, before those that do not', async () => {
  const limits = { extra_requests: 2, prices: { origin: 3, c: 1 }, reserves: ['b'] }
  const fallback = new Fallback({}, limits)
  assert.equal(await ranking(fallback), 'a c origin b')
  fallback.observe(outcome('a', { kind: 'timeout', ttfb_s: null }))
  assert.equal(await ranking(fallback), 'c origin b a')
})

test('a spared host is neither the fastest nor a part of a range while others serve', async () => {
  const fallback = new Fallback({}, { extra_requests: 2, reserves: ['origin'] })
  fallback.observe(outcome('origin', { total_s: 0.2 }))
  fallback.observe(outcome('a', { total_s: 2 }))
  const plan = await fallback.plan(request({ starting: true, buffer_s: 0 }))
  assert.equal(plan.ranking.at(-1), 'origin')
  assert.ok(!plan.parts.some(({ host }) => host === 'origin'))
})

test('no host is spared at the cost of a stall', async () => {
  for (const [buffer_s, rescue] of [
    [1, 'origin'],
    [60, null],
  ]) {
    const fallback = new Fallback({}, { extra_requests: 0, reserves: ['origin'] })
    const hosts = ['origin', 'a']
    fallback.observe(outcome('origin', { total_s: 0.2 }))
    await fallback.plan(request({ hosts }))
    const slow = soFar({ host: 'a', tried: ['a'], buffer_s: Number(buffer_s) })
    assert.equal((await fallback.progress(slow)).rescue, rescue)
  }
})
