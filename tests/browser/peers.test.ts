/** Two viewers who exchange segments, with p2p-media-loader as PeerTube ships it and the newest. */
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { startFleet, type Fleet } from '../../web/demo/server/fleet.ts'
import { launchChromium } from '../../web/demo/server/chromium.ts'
import {
  arrive,
  assertPlayedWell,
  describeViewing,
  lookAt,
  oneResolution,
  watch,
  type Viewing,
} from './viewing.ts'

const GOOD = { latency_ms: 60, jitter_ms: 20, rate_kBps: 400 }
const HEAD_START_S = 5

/** Plays in two browsers; the second begins when the first has segments to share. */
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
    // Peers share only the same resolution, and on a slow machine they would choose differently.
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

/** Two browsers may need longer to connect than a video lasts, on a busy machine. */
const MEETINGS = 5

/** Plays until a segment has come from a peer; no viewing may see an error. */
async function watchUntilExchanged(t: TestContext, loader: '2.2' | 'next'): Promise<Viewing[]> {
  for (let meeting = 1; meeting <= MEETINGS; meeting++) {
    const both = await watchTogether(loader)
    both.forEach((viewing) => t.diagnostic(describeViewing('ours', viewing)))
    both.forEach(assertPlayedWell)
    if (both.some((viewing) => fromPeers(viewing) > 0)) return both
    t.diagnostic(`meeting ${meeting}: no segment came from a peer`)
  }
  throw new Error(`no segment came from a peer in ${MEETINGS} meetings`)
}

describe('two browsers', { concurrency: 2 }, () => {
  for (const loader of ['2.2', 'next'] as const) {
    test(`exchange segments with p2p-media-loader ${loader}, and learn from HTTP alone`, async (t) => {
      for (const { state } of await watchUntilExchanged(t, loader)) {
        const asked = state.fetches.filter(({ source }) => source === 'http').length
        const used = state.engine?.beliefs.reduce((sum, belief) => sum + belief.used, 0) ?? 0
        assert.ok(used <= asked, `${used} beliefs from ${asked} fetches`)
      }
    })
  }
})
