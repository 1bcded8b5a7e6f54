/** The history of one load for the panel: readings and shares of each host, and avoided stalls. */
import type { Events, LoadEvent } from '../courier/events.ts'
import type { Clause, Host } from '../../messages.ts'
import { cameFromCache } from '../courier/http/traffic.ts'
import { SegmentTrace } from './segment-trace.ts'

/** As many as a sparkline can show. */
const READINGS = 40
/** Smaller bodies measure TCP's slow start rather than the host's rate. */
const LEAST_BYTES = 20_000
/** The loader fetches two segments at a time; older traces are of segments that were given up. */
const MAX_TRACES = 16
const MINUTE_MS = 60_000
/** As many as fit in a row. */
const MAX_IN_STRIP = 24

export interface HostHistory {
  /** The latest readings, oldest first. */
  ttfb_s: number[]
  rate_mbps: number[]
  /** Segments served; a segment from several hosts counts by the share of each host. */
  served: number
  /** The host has lacked a file that was asked for. */
  lacks: boolean
}

export class History {
  /** The origin comes first. */
  readonly hosts = new Map<Host, HostHistory>()
  readonly counters: Events['counters']
  /** Why the last choice was made. */
  lastChoice: Clause[] = []
  /** Segments that came in time only because of another host. */
  stallsAvoided = 0
  readonly #traces = new Map<number, SegmentTrace>()
  #finished: { at_ms: number; shares: ReadonlyMap<Host, number> }[] = []

  constructor(events: Events) {
    this.counters = events.counters
    events.on((event) => this.#hear(event))
  }

  get served(): number {
    return [...this.hosts.values()].reduce((sum, { served }) => sum + served, 0)
  }

  /** Who brought each segment of the last minute, oldest first. */
  lastMinute(): ReadonlyMap<Host, number>[] {
    const since_ms = performance.now() - MINUTE_MS
    return this.#finished.flatMap(({ at_ms, shares }) => (at_ms >= since_ms ? [shares] : []))
  }

  /** Drops the readings; the counts of this video stay. */
  forget(): void {
    for (const name of this.hosts.keys()) this.hosts.set(name, nothingYet())
    this.lastChoice = []
    this.#finished = []
  }

  #hear(event: LoadEvent): void {
    const trace = this.#traces.get(event.segment.id)
    if (event.type === 'planned') this.#begin(event)
    else if (event.type === 'fetched') {
      this.#read(event)
      trace?.fetched(event)
    } else if (event.type === 'finished') {
      this.#traces.delete(event.segment.id)
      if (trace && event.error === null) this.#finish(trace, event.total_s)
    }
  }

  #begin({ segment, request, plan }: Extract<LoadEvent, { type: 'planned' }>): void {
    for (const host of request.hosts) this.#host(host)
    this.lastChoice = plan.why
    this.#traces.set(segment.id, new SegmentTrace(segment, request, plan))
    const [oldest] = this.#traces.keys()
    if (this.#traces.size > MAX_TRACES && oldest !== undefined) this.#traces.delete(oldest)
  }

  #read({ host, kind, ttfb_s, total_s, bytes }: Extract<LoadEvent, { type: 'fetched' }>): void {
    if (kind === 'missing') this.#host(host).lacks = true
    if (ttfb_s === null || cameFromCache(ttfb_s, bytes, total_s)) return
    const known = this.#host(host)
    keep(known.ttfb_s, ttfb_s)
    if (bytes >= LEAST_BYTES && total_s > ttfb_s) {
      keep(known.rate_mbps, (8e-6 * bytes) / (total_s - ttfb_s))
    }
  }

  #finish(trace: SegmentTrace, total_s: number): void {
    const shares = new Map(trace.shares())
    for (const [host, share] of shares) this.#host(host).served += share
    if (shares.size > 0) {
      const last = this.#finished.slice(1 - MAX_IN_STRIP)
      this.#finished = [...last, { at_ms: performance.now(), shares }]
    }
    if (trace.avoidedStall(total_s)) this.stallsAvoided += 1
  }

  #host(name: Host): HostHistory {
    const known = this.hosts.get(name) ?? nothingYet()
    this.hosts.set(name, known)
    return known
  }
}

function nothingYet(): HostHistory {
  return { ttfb_s: [], rate_mbps: [], served: 0, lacks: false }
}

function keep(readings: number[], reading: number): void {
  readings.push(reading)
  if (readings.length > READINGS) readings.shift()
}
