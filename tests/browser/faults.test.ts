/**
 * Real video in real Chromium on hosts with faults, beside PeerTube's own picker in the same
 * run. The promise: with one healthy host the viewer sees no error, the video plays to its
 * end, and stalls take at most a tenth of the time they take in stock.
 */
import { after, before, describe, test, type TestContext } from 'node:test'
import type { Browser } from 'playwright-core'
import type { Conditions } from '../../web/demo/server/conditions.ts'
import { startFleet, type FleetOptions, type Fleet } from '../../web/demo/server/fleet.ts'
import { until } from '../web/until.ts'
import { launchChromium } from '../../web/demo/server/chromium.ts'
import {
  assertPlayedWell,
  assertStalledLess,
  describeViewing,
  watchBoth,
  withoutStall,
  type Viewer,
} from './viewing.ts'

/** Good enough for the video's top resolution, and slow enough to make anybody look around. */
const ORIGIN: Partial<Conditions> = { latency_ms: 80, jitter_ms: 40, rate_kBps: 600 }
const MIRROR: Partial<Conditions> = { latency_ms: 40, jitter_ms: 20, rate_kBps: 1500 }
/** Two hosts, so that both pickers meet the bad one early, in a video that is the shorter for it. */
const withOne = (bad: Partial<Conditions>): FleetOptions => ({
  video: 'short',
  origin: ORIGIN,
  mirrors: [{ ...MIRROR, ...bad }],
})

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

interface Scenario {
  fleet: FleetOptions
  /** Happens while both play. */
  meanwhile?: (fleet: Fleet) => Promise<void>
  prepare?: (viewer: Viewer) => Promise<void>
  params?: { p2p: 'off' }
}

const SCENARIOS: Record<string, Scenario> = {
  'one mirror at 40 kB/s': { fleet: withOne({ rate_kBps: 40 }) },
  'a mirror that answers 503': { fleet: withOne({ fault: 'http-503' }) },
  'a mirror that accepts and never answers': { fleet: withOne({ fault: 'silent' }) },
  'a mirror that dies in mid-body': { fleet: withOne({ fault: 'cut' }) },
  'a mirror that freezes in mid-body': { fleet: withOne({ fault: 'freeze' }) },
  'a mirror that flips bytes': { fleet: withOne({ fault: 'flip' }) },
  'a mirror that has evicted the video': { fleet: withOne({ fault: 'http-404' }) },
  'a mirror that refuses connections': { fleet: withOne({ fault: 'refuse' }) },
  'the best mirror degrades half-way': {
    fleet: { video: 'medium', origin: ORIGIN, mirrors: [MIRROR, ORIGIN] },
    meanwhile: async ({ mirrors: [best] }) => {
      if (!best) return
      await until(
        () => best.requests.filter(({ segment, ended }) => segment && ended === 'done').length >= 6,
      )
      best.conditions = { ...best.conditions, latency_ms: 400, rate_kBps: 20 }
    },
  },
  'the worker script is blocked': {
    fleet: withOne({ rate_kBps: 40 }),
    prepare: async ({ page }) => {
      await page.route(/\/router\/engine\//, (route) => route.abort())
    },
  },
  'P2P is off': { fleet: withOne({ rate_kBps: 40 }), params: { p2p: 'off' } },
}

async function playBeside(t: TestContext, scenario: Scenario): Promise<void> {
  const { meanwhile, prepare, params } = scenario
  const fleet = await startFleet(scenario.fleet)
  try {
    const [{ stock, ours }] = await Promise.all([
      watchBoth(browser, fleet, params, prepare),
      meanwhile?.(fleet),
    ])
    const bad = fleet.mirrors[0]?.requests.filter(({ viewer }) => viewer.includes('localhost'))
    t.diagnostic(`the bad mirror was asked ${bad?.length ?? 0} times`)
    t.diagnostic(describeViewing('stock', stock))
    t.diagnostic(describeViewing('ours ', ours))
    assertPlayedWell(ours)
    assertStalledLess(ours, stock)
  } finally {
    await fleet.stop()
  }
}

// Each takes its time in full, and little of a processor once its players have begun.
describe('with one healthy host', { concurrency: 2 }, () => {
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    test(`${name}: plays to the end, no error, a tenth of stock's stalls`, (t) =>
      withoutStall(t, () => playBeside(t, scenario)))
  }
})
