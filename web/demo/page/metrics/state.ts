/** The metrics of one player page as plain data, and their summary. */
import type { HostBelief, OutcomeKind } from '../../../plugin/messages.ts'

/** Metrics of one page; times are in seconds since the page was requested. */
export interface DemoState {
  /** When the first frame was shown. */
  startup_s: number | null
  position_s: number
  duration_s: number
  buffer_s: number
  ended: boolean
  /** The player has shown its last error and will not go on. */
  gave_up: boolean
  stalls: { at_s: number; position_s: number; length_s: number }[]
  errors: { at_s: number; kind: 'segment' | 'hls' | 'player'; detail: string }[]
  /** Segments in the order in which they were shown. */
  played: { at_s: number; segment: number; height: number; bitrate_mbps: number }[]
  fetches: SegmentFetch[]
  buffer_log: { at_s: number; buffer_s: number }[]
  /** Null without the plugin. */
  engine: EngineView | null
}

/** One request for a segment or a part of it, or one segment from a peer. */
export interface SegmentFetch {
  at_s: number
  source: 'http' | 'p2p'
  /** Origin of the URL; the peer's name for P2P. */
  host: string
  /** Number in the playlist. */
  segment: number | null
  height: number | null
  status: number | null
  bytes: number
  ttfb_s: number | null
  total_s: number | null
  /** Rate of the body after its first byte. */
  rate_mbps: number | null
  outcome: OutcomeKind | 'loading'
}

export interface EngineView {
  state: 'off' | 'loading' | 'ready' | 'failed'
  beliefs: HostBelief[]
  /** The explanation of the last choice. */
  sentence: string
}

/** Ten times the step of `performance.now()` on a page without cross-origin isolation. */
const CLOCK_S = 0.001

export interface Summary {
  startup_s: number | null
  stalls: number
  stalled_s: number
  errors: number
  /** Mean of the segments that were shown. */
  bitrate_mbps: number | null
  /** Segments by host; a split segment counts for each host by its share. */
  served: Record<string, number>
  /** Bytes by host, those included that came in vain. */
  bytes: Record<string, number>
  ttfb_p50_s: number | null
  ttfb_p95_s: number | null
}

export function summarise(state: DemoState): Summary {
  const served: Record<string, number> = {}
  const bytes: Record<string, number> = {}
  for (const { host, bytes: came } of state.fetches) bytes[host] = (bytes[host] ?? 0) + came
  const whole = state.fetches.filter(({ outcome }) => outcome === 'ok')
  for (const fetched of whole) {
    const parts = whole.filter((other) => sameSegment(fetched, other))
    const share = fetched.bytes / Math.max(1, sum(parts.map(({ bytes }) => bytes)))
    served[fetched.host] = (served[fetched.host] ?? 0) + share
  }
  const bitrates = state.played.map(({ bitrate_mbps }) => bitrate_mbps)
  const ttfbs = state.fetches.flatMap(({ ttfb_s }) => ttfb_s ?? [])
  return {
    startup_s: state.startup_s,
    stalls: state.stalls.length,
    stalled_s: sum(state.stalls.map(({ length_s }) => length_s)),
    errors: state.errors.length,
    bitrate_mbps: bitrates.length > 0 ? sum(bitrates) / bitrates.length : null,
    served,
    bytes,
    ttfb_p50_s: quantile(ttfbs, 0.5),
    ttfb_p95_s: quantile(ttfbs, 0.95),
  }
}

function sameSegment(a: SegmentFetch, b: SegmentFetch): boolean {
  return a === b || (a.segment !== null && a.segment === b.segment && a.height === b.height)
}

/** The metrics of a page that has just been loaded. */
export function nothingYet(): DemoState {
  return {
    startup_s: null,
    position_s: 0,
    duration_s: 0,
    buffer_s: 0,
    ended: false,
    gave_up: false,
    stalls: [],
    errors: [],
    played: [],
    fetches: [],
    buffer_log: [],
    engine: null,
  }
}

export function beginFetch(host: string): SegmentFetch {
  return {
    at_s: performance.now() / 1000,
    source: 'http',
    host,
    segment: null,
    height: null,
    status: null,
    bytes: 0,
    ttfb_s: null,
    total_s: null,
    rate_mbps: null,
    outcome: 'loading',
  }
}

/** Rate of the body after its first byte; null if that took less than `CLOCK_S`. */
export function rate_mbps(bytes: number, total_s: number, ttfb_s: number | null): number | null {
  const body_s = total_s - (ttfb_s ?? total_s)
  return body_s >= CLOCK_S ? (8e-6 * bytes) / body_s : null
}

/** The `p`-quantile: the smallest value that a share of `p` of the values does not exceed. */
export function quantile(values: number[], p: number): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? null
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
