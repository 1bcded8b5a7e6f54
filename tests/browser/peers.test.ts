/** Two viewers who also serve each other, with the player's libraries of today and the newest. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startFleet, type Fleet, type PlayerParams } from '../../web/demo/server/fleet.ts'
import { launchChromium } from '../../web/demo/server/chromium.ts'
import {
  arrive,
  assertPlayedWell,
  assertStalledLess,
  describeViewing,
  lookAt,
  watch,
  type Viewing,
} from './viewing.ts'

const GOOD = { latency_ms: 60, jitter_ms: 20, rate_kBps: 400 }
const HEAD_START_MS = 6_000

/** Two browsers; the second comes when the first has something to share. */
async function watchTogether(
  fleet: Fleet,
  mode: PlayerParams['mode'],
  loader: '2.2' | 'next',
): Promise<[Viewing, Viewing]> {
  const browsers = await Promise.all([launchChromium(), launchChromium()])
  const host = mode === 'stock' ? '127.0.0.1' : 'localhost'
  const url = fleet.playerUrl({ mode, loader }, host)
  try {
    const [first, second] = await Promise.all(browsers.map(arrive))
    assert.ok(first && second)
    const early = watch(first, url)
    await first.page.waitForTimeout(HEAD_START_MS)
    const late = await watch(second, url)
    await early
    return [await lookAt(first), late]
  } finally {
    await Promise.all(browsers.map((browser) => browser.close()))
  }
}

const fromPeers = ({ state }: Viewing): number =>
  state.fetches.filter(({ source }) => source === 'p2p').length

describe('two browsers exchange segments', () => {
  for (const loader of ['2.2', 'next'] as const) {
    test(`with p2p-media-loader ${loader}, and beliefs come from HTTP alone`, async (t) => {
      const fleet = await startFleet({
        video: 'medium',
        tracker: true,
        origin: GOOD,
        mirrors: [GOOD, { ...GOOD, rate_kBps: 40 }],
      })
      try {
        const stock = await watchTogether(fleet, 'stock', loader)
        const ours = await watchTogether(fleet, 'mirrorwise', loader)
        stock.forEach((viewing) => t.diagnostic(describeViewing('stock', viewing)))
        ours.forEach((viewing) => t.diagnostic(describeViewing('ours ', viewing)))
        ours.forEach(assertPlayedWell)
        ours.forEach((viewing, i) => assertStalledLess(viewing, stock[i] ?? viewing))
        assert.ok(
          ours.some((viewing) => fromPeers(viewing) > 0),
          'no segment came from a peer',
        )
        for (const { state } of ours) {
          const asked = state.fetches.filter(({ source }) => source === 'http').length
          const used = state.engine?.beliefs.reduce((sum, belief) => sum + belief.used, 0) ?? 0
          assert.ok(used <= asked, `${used} beliefs from ${asked} fetches`)
        }
      } finally {
        await fleet.stop()
      }
    })
  }
})
