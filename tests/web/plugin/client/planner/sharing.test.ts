/** How the fallback shares out a range: nothing is staked on a host of which nothing is known. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { share, takeOver } from '../../../../../web/plugin/client/planner/sharing.ts'
import type { Part, PartSoFar } from '../../../../../web/plugin/messages.ts'

const HEDGE = { host: 'a', after_s: 1 }
const unknown = (...hosts: string[]) => hosts.map((host) => ({ host, rate: 0 }))
const sizes = (parts: Part[]): Record<string, number> =>
  Object.fromEntries(parts.map(({ host, bytes }) => [host, bytes]))

for (const bytes of [800_000, 1_000_001, 5e6]) {
  for (const others of [['a'], ['a', 'b'], ['a', 'b', 'c', 'd', 'e']]) {
    test(`of ${bytes} bytes the trusted host brings at least half, ${others.length} others slices`, () => {
      const origin = { host: 'origin', rate: 0 }
      const parts = share(bytes, origin, unknown(...others), 9, HEDGE)
      assert.equal(
        parts.reduce((sum, part) => sum + part.bytes, 0),
        bytes,
      )
      const [leader] = parts
      assert.equal(leader?.host, 'origin')
      assert.ok(leader.bytes >= bytes / 2)
      assert.ok(parts.slice(1).every((part) => part.hedge?.host === 'origin'))
      assert.ok(parts.length > 1)
    })
  }
}

test('hosts that were measured share by their rates, and hardly any goes to slow ones', () => {
  const others = [
    { host: 'a', rate: 1e6 },
    { host: 'slow', rate: 1e5 },
  ]
  const parts = share(3e6, { host: 'origin', rate: 2e6 }, others, 9, HEDGE)
  assert.deepEqual(sizes(parts), { origin: 2e6, a: 1e6 })
})

test('nothing is shared out that one host soon brings, or beyond the admin’s limit', () => {
  const origin = { host: 'origin', rate: 0 }
  assert.deepEqual(share(500_000, origin, unknown('a', 'b'), 9, HEDGE), [])
  assert.deepEqual(share(3e6, { ...origin, rate: 2e7 }, unknown('a', 'b'), 9, HEDGE), [])
  assert.deepEqual(share(3e6, origin, unknown('a', 'b'), 0, HEDGE), [])
  assert.equal(share(3e6, origin, unknown('a', 'b'), 1, HEDGE).length, 2)
})

const soFar = (change: Partial<PartSoFar>): PartSoFar => ({
  host: 'slow',
  age_s: 1,
  ttfb_s: 0.1,
  bytes: 90_000,
  bytes_left: 900_000,
  ...change,
})

test('a host that is done takes over so much of the slowest part that both end together', () => {
  const { part, bytes } = takeOver(900_000, [soFar({ bytes: 900_000 }), soFar({})])
  assert.equal(part, 1)
  assert.ok(Math.abs(0.1 + bytes / 900_000 - (900_000 - bytes) / 100_000) < 0.05)
})

test('all of a part is taken over from a host that sends nothing', () => {
  const silent = soFar({ ttfb_s: null, bytes: 0, bytes_left: 100_000 })
  assert.deepEqual(takeOver(900_000, [silent]).bytes, 100_000)
  assert.equal(takeOver(900_000, [{ ...silent, bytes_left: 1e6 }]).bytes, 1e6)
})

test('nothing is taken over of a part that is nearly there, or by a host without a rate', () => {
  assert.equal(takeOver(900_000, [soFar({ bytes_left: 9000 })]).part, null)
  assert.equal(takeOver(0, [soFar({})]).part, null)
  assert.equal(takeOver(900_000, []).part, null)
})
