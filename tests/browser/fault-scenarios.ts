/** Hosts with faults, one of them healthy; tests play them, and `benchmarks/playback/faults.ts`. */
import type { Browser } from 'playwright-core'
import type { Conditions } from '../../web/demo/server/conditions.ts'
import { startFleet, type Fleet, type FleetOptions } from '../../web/demo/server/fleet.ts'
import { SCENARIOS as DEMO } from '../../web/demo/server/scenarios.ts'
import { until } from '../web/until.ts'
import { watchBoth, type Viewer, type Viewing } from './viewing.ts'

/** Fast enough for the video's top resolution, and slow enough to make exploring worthwhile. */
const ORIGIN: Partial<Conditions> = { latency_ms: 80, jitter_ms: 40, rate_kBps: 600 }
const MIRROR: Partial<Conditions> = { latency_ms: 40, jitter_ms: 20, rate_kBps: 1500 }
/** Two hosts, so that both pickers meet the bad host early, even in a short video. */
const withOne = (bad: Partial<Conditions>): FleetOptions => ({
  video: 'short',
  origin: ORIGIN,
  mirrors: [{ ...MIRROR, ...bad }],
})

export interface Scenario {
  fleet: FleetOptions
  /** Runs while both players play. */
  meanwhile?: (fleet: Fleet) => Promise<void>
  prepare?: (viewer: Viewer) => Promise<void>
  params?: { p2p: 'off' }
}

export const SCENARIOS: Record<string, Scenario> = {
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
    meanwhile: async ({ origin, mirrors }) => {
      const [best] = mirrors
      if (!best) return
      // Whoever brought them: how many come from the best is the players' own choice.
      const served = () => [origin, ...mirrors].flatMap(({ requests }) => requests)
      await until(
        () => served().filter(({ segment, ended }) => segment && ended === 'done').length >= 12,
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

/** No host is fast enough alone; all of them together are. */
export const TOGETHER: Scenario = { fleet: DEMO.together }

interface Played {
  stock: Viewing
  ours: Viewing
  /** Requests of our player to the first mirror, which is the one with the fault. */
  askedBad: number
}

/** Plays a scenario with PeerTube's picker and with the plugin, at the same time. */
export async function playBeside(browser: Browser, scenario: Scenario): Promise<Played> {
  const { meanwhile, prepare, params } = scenario
  const fleet = await startFleet(scenario.fleet)
  try {
    const [viewings] = await Promise.all([
      watchBoth(browser, fleet, params, prepare),
      meanwhile?.(fleet),
    ])
    const bad = fleet.mirrors[0]?.requests ?? []
    const ours = bad.filter(({ viewer }) => viewer.includes('localhost'))
    return { ...viewings, askedBad: ours.length }
  } finally {
    await fleet.stop()
  }
}
