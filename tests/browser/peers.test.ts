/** Two viewers who also serve each other, with the player's libraries of today and the newest. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
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

const fleetForTwo = (): Promise<Fleet> =>
  startFleet({
    video: 'medium',
    tracker: true,
    origin: GOOD,
    mirrors: [GOOD, { ...GOOD, rate_kBps: 40 }],
  })

function assertExchanged(ours: [Viewing, Viewing]): void {
  ours.forEach(assertPlayedWell)
  assert.ok(
    ours.some((viewing) => fromPeers(viewing) > 0),
    'no segment came from a peer',
  )
  for (const { state } of ours) {
    const asked = state.fetches.filter(({ source }) => source === 'http').length
    const used = state.engine?.beliefs.reduce((sum, belief) => sum + belief.used, 0) ?? 0
    assert.ok(used <= asked, `${used} beliefs from ${asked} fetches`)
  }
}

test('two browsers exchange segments, and beliefs come from HTTP alone', async (t) => {
  const fleet = await fleetForTwo()
  try {
    const stock = await watchTogether(fleet, 'stock', '2.2')
    const ours = await watchTogether(fleet, 'mirrorwise', '2.2')
    stock.forEach((viewing) => t.diagnostic(describeViewing('stock', viewing)))
    ours.forEach((viewing) => t.diagnostic(describeViewing('ours ', viewing)))
    assertExchanged(ours)
    ours.forEach((viewing, i) => assertStalledLess(viewing, stock[i] ?? viewing))
  } finally {
    await fleet.stop()
  }
})

test('they do so with the newest p2p-media-loader', async (t) => {
  const fleet = await fleetForTwo()
  try {
    const ours = await watchTogether(fleet, 'mirrorwise', 'next')
    ours.forEach((viewing) => t.diagnostic(describeViewing('ours ', viewing)))
    assertExchanged(ours)
  } finally {
    await fleet.stop()
  }
})
