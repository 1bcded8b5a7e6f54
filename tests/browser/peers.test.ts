/** Two viewers who also serve each other, with the player's libraries of today and the newest. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startFleet, type Fleet } from '../../web/demo/server/fleet.ts'
import { launchChromium } from '../../web/demo/server/chromium.ts'
import {
  arrive,
  assertNoStall,
  assertPlayedWell,
  describeViewing,
  lookAt,
  oneResolution,
  watch,
  withoutStall,
  Starved,
  type Viewing,
} from './viewing.ts'

const GOOD = { latency_ms: 60, jitter_ms: 20, rate_kBps: 400 }
const HEAD_START_S = 5

/** Two browsers on hosts of their own; the second comes when the first has something to share. */
async function watchTogether(loader: '2.2' | 'next'): Promise<[Viewing, Viewing]> {
  const [fleet, ...browsers] = await Promise.all([
    fleetForTwo(),
    launchChromium(),
    launchChromium(),
  ])
  const url = fleet.playerUrl({ mode: 'mirrorwise', loader }, 'localhost')
  try {
    const [first, second] = await Promise.all(browsers.map(arrive))
    assert.ok(first && second)
    // Two viewers share only what both watch, and a slow machine makes them choose differently.
    await Promise.all([first, second].map(oneResolution))
    const early = watch(first, url)
    await first.page.waitForFunction(
      (shown_s) => (document.querySelector('video')?.currentTime ?? 0) > shown_s,
      HEAD_START_S,
      { polling: 100 },
    )
    const late = await watch(second, url)
    await early
    return [await lookAt(first), late]
  } finally {
    await Promise.all(browsers.map((browser) => browser.close()))
    await fleet.stop()
  }
}

const fromPeers = ({ state }: Viewing): number =>
  state.fetches.filter(({ source }) => source === 'p2p').length

const fleetForTwo = (): Promise<Fleet> =>
  startFleet({
    video: 'medium',
    tracker: true,
    origin: GOOD,
    mirrors: [GOOD, { ...GOOD, rate_kBps: 40 }],
  })

function assertExchanged(ours: [Viewing, Viewing]): void {
  ours.forEach(assertPlayedWell)
  if (!ours.some((viewing) => fromPeers(viewing) > 0)) {
    throw new Starved('no segment came from a peer')
  }
  for (const { state } of ours) {
    const asked = state.fetches.filter(({ source }) => source === 'http').length
    const used = state.engine?.beliefs.reduce((sum, belief) => sum + belief.used, 0) ?? 0
    assert.ok(used <= asked, `${used} beliefs from ${asked} fetches`)
  }
}

describe('two browsers', { concurrency: 2 }, () => {
  for (const loader of ['2.2', 'next'] as const) {
    test(`exchange segments with p2p-media-loader ${loader}, never stall, and believe from HTTP alone`, (t) =>
      withoutStall(t, async () => {
        const both = await watchTogether(loader)
        both.forEach((viewing) => t.diagnostic(describeViewing('ours', viewing)))
        assertExchanged(both)
        both.forEach(assertNoStall)
      }))
  }
})
