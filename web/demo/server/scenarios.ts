/** The demo's scenarios: their hosts, and the schedules of the hosts. */
import type { ScheduleStep } from '../contract.ts'
import type { Conditions } from './conditions.ts'
import type { FleetOptions } from './fleet.ts'

const WEATHER = {
  video: 'demo',
  origin: { words: 'steady', latency_ms: 60, jitter_ms: 30, rate_kBps: 450 },
  mirrors: [
    {
      name: 'near',
      words: 'fast, then fading',
      latency_ms: 12,
      jitter_ms: 6,
      rate_kBps: 1600,
      schedule: [{ at_s: 30, words: 'near fades', conditions: { rate_kBps: 30, latency_ms: 250 } }],
    },
    { name: 'far', words: 'fast', latency_ms: 160, jitter_ms: 40, rate_kBps: 900 },
    {
      name: 'slow',
      words: 'near, on a thin line',
      latency_ms: 20,
      jitter_ms: 60,
      rate_kBps: 40,
      schedule: cycle(18, [{ rate_kBps: 70 }, { rate_kBps: 30 }]),
    },
    {
      name: 'patchy',
      words: 'now and then away',
      latency_ms: 45,
      jitter_ms: 20,
      rate_kBps: 700,
      schedule: cycle(9, [
        { fault: 'http-503' },
        { fault: 'none' },
        { fault: 'silent' },
        { fault: 'none' },
      ]),
    },
  ],
} satisfies FleetOptions

/** No single host is fast enough for the video, but all hosts together are. */
const TOGETHER = {
  video: 'dense',
  origin: { words: 'thin', latency_ms: 50, jitter_ms: 20, rate_kBps: 300 },
  mirrors: ['alpha', 'beta', 'gamma', 'delta'].map((name, i) => ({
    name,
    words: 'thin',
    latency_ms: 30 + 20 * i,
    jitter_ms: 20,
    rate_kBps: 300,
  })),
} satisfies FleetOptions

/** The instance of the video is gone; another instance shows it from the mirrors. */
const ORIGIN_GONE = {
  video: 'demo',
  remote: true,
  origin: { words: 'gone', fault: 'gone' },
  mirrors: [
    { name: 'near', words: 'fast', latency_ms: 20, jitter_ms: 10, rate_kBps: 900 },
    { name: 'far', words: 'steady', latency_ms: 120, jitter_ms: 40, rate_kBps: 600 },
  ],
} satisfies FleetOptions

/** A thin line at home, a rented machine that mirrors it, and a cache that costs money. */
const HOME = {
  video: 'demo',
  origin: {
    words: '3 Mbit/s at home',
    latency_ms: 40,
    jitter_ms: 20,
    rate_kBps: 375,
    spared: 'spare much',
  },
  mirrors: [
    { name: 'rented', words: 'a small machine', latency_ms: 30, jitter_ms: 10, rate_kBps: 700 },
    {
      name: 'cache',
      words: 'fast, 40 € a TB',
      latency_ms: 15,
      jitter_ms: 5,
      rate_kBps: 2500,
      isExtra: true,
      spared: 'reserve',
      euro_per_TB: 40,
    },
  ],
} satisfies FleetOptions

export const SCENARIOS = {
  weather: WEATHER,
  together: TOGETHER,
  'origin-gone': ORIGIN_GONE,
  home: HOME,
} satisfies Record<string, FleetOptions>

/** A schedule that repeats the states for longer than the video can play. */
function cycle(every_s: number, states: Partial<Conditions>[]): ScheduleStep[] {
  const steps = Math.ceil(240 / every_s)
  return Array.from({ length: steps }, (_, i) => ({
    at_s: (i + 1) * every_s,
    conditions: states[i % states.length] ?? {},
  }))
}
