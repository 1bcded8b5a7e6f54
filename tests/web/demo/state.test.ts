/** The summary of a player's metrics, and the format of its numbers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { latency, rate, seconds } from '../../../web/demo/page/charts/number-format.ts'
import {
  beginFetch,
  nothingYet,
  quantile,
  summarise,
} from '../../../web/demo/page/metrics/state.ts'

const EMPTY = nothingYet()

test('the summary of a new player is empty', () => {
  assert.deepEqual(summarise(EMPTY), {
    startup_s: null,
    stalls: 0,
    stalled_s: 0,
    errors: 0,
    bitrate_mbps: null,
    served: {},
    bytes: {},
    ttfb_p50_s: null,
    ttfb_p95_s: null,
  })
})

test('a segment counts for the host that finished it, or for several by their shares', () => {
  const fetched = (host: string, outcome: 'ok' | 'aborted' | 'switched', ttfb_s: number) => ({
    ...beginFetch(host),
    outcome,
    ttfb_s,
    bytes: 100,
  })
  const part = (host: string, bytes: number) => ({
    ...fetched(host, 'ok', 0.1),
    segment: 7,
    height: 480,
    bytes,
  })
  assert.deepEqual(summarise({ ...EMPTY, fetches: [part('a', 300), part('b', 100)] }).served, {
    a: 0.75,
    b: 0.25,
  })
  const sum = summarise({
    ...EMPTY,
    stalls: [
      { at_s: 1, position_s: 1, length_s: 0.5 },
      { at_s: 4, position_s: 3, length_s: 1.5 },
    ],
    played: [
      { at_s: 0, segment: 0, height: 240, bitrate_mbps: 1 },
      { at_s: 4, segment: 1, height: 480, bitrate_mbps: 2 },
    ],
    fetches: [fetched('a', 'ok', 0.1), fetched('b', 'aborted', 0.3), fetched('a', 'switched', 0.2)],
  })
  assert.deepEqual(sum.served, { a: 1 })
  assert.equal(sum.stalled_s, 2)
  assert.equal(sum.bitrate_mbps, 1.5)
  assert.equal(sum.ttfb_p50_s, 0.2)
  assert.equal(sum.ttfb_p95_s, 0.3)
})

test('a quantile is one of the values', () => {
  assert.equal(quantile([3, 1, 2], 0), 1)
  assert.equal(quantile([3, 1, 2], 0.5), 2)
  assert.equal(quantile([3, 1, 2], 1), 3)
  assert.equal(quantile([], 0.5), null)
})

test('numbers are shown with few digits', () => {
  assert.deepEqual([seconds(1.26), seconds(null)], ['1.3 s', '–'])
  assert.deepEqual([latency(0.0304), latency(0.9996), latency(null)], ['30 ms', '1.0 s', '–'])
  assert.deepEqual([rate(0.31), rate(9.96), rate(null)], ['0.3', '10', '–'])
})
