/** The fallback policy: plans by simple rules while the engine is loading, late or failed. */
import type {
  Advice,
  FetchSoFar,
  Host,
  HostPrior,
  Idle,
  Limits,
  Outcome,
  Part,
  Plan,
  PlanRequest,
  Takeover,
} from '../../messages.ts'
import type { Planner } from '../courier/planner.ts'
import { MonotonicClock } from './monotonic-clock.ts'
import { share, takeOver } from './sharing.ts'

/** Observations of a host expire after this time. */
const MEMORY_S = 30
const STALL_S = 2
const HEDGE_AFTER_S = 1.5
/** With a short buffer, a late host is hedged sooner. */
const URGENT_HEDGE_AFTER_S = 1
/** How many times faster another host must be, because a change of host costs a round trip. */
const WORTH_A_CHANGE = 1.5
/** Smaller or shorter bodies do not measure a rate. */
const MIN_BYTES = 50_000
const MIN_BODY_S = 0.1
/**
 * A host is too slow when a segment takes longer than this many segment durations. More than 1,
 * because the loader fetches two segments at a time, and these may share a slow link.
 */
const TOO_SLOW = 2
/** A fetch without news for so long has ended unheard. */
const PATIENCE_S = 10
/** With a shorter buffer, in segments, nothing is staked on a host that is not known. */
const SHORT_BUFFER = 2
/** The same as the engine's default. */
const EXTRA_REQUESTS = 2
/** So many segments' worth of extra requests may be used at once, by the very first ones. */
const HEAD_START_SEGMENTS = 4

/** From this price on, in s per MB, a host is not tried before others. */
const DEAR = 3
/** More than no doubt, and less than any. */
const SPARED = 1e-9

interface Seen<T> {
  value: T
  at_s: number
}

/**
 * Ranks remembered hosts first, then the hosts that the fleet's prior prefers, then the origin,
 * then the other mirrors. Hosts that were too slow for the video come after these, and failed hosts
 * last. A host that was measured to be clearly faster comes before all. Hosts that are to be spared
 * come after those that serve well, and before those that do not. While the viewer waits, the
 * range is shared out (`sharing.ts`). With a buffer, segments that are fetched before anything is
 * known go to different hosts.
 */
export class Fallback implements Planner {
  readonly #praised: Host[]
  #remembered: readonly Host[] = []
  readonly #failed = new Map<Host, Seen<true>>()
  /** Bytes per second of body, of all fetches from the host together. */
  readonly #rates = new Map<Host, Seen<number>>()
  /** When something was last heard of each fetch in flight, oldest first. */
  readonly #fetching = new Map<Host, number[]>()
  /** Bytes and time of the last request to each host, for the rate of one that is done. */
  readonly #asked = new Map<Host, Seen<number>>()
  readonly #clock = new MonotonicClock()
  readonly #extraRequests: number
  readonly #spared: readonly Host[]
  #segments = 0
  #extra = 0
  #last: { ranking: Host[]; segment_s: number } = { ranking: [], segment_s: 0 }

  constructor(priors: Readonly<Record<Host, HostPrior>>, limits?: Omit<Limits, 'extra_bytes'>) {
    const { prices = {}, reserves = [] } = limits ?? {}
    const isDear = (host: Host): boolean => (prices[host] ?? 0) >= DEAR
    this.#spared = [...reserves, ...Object.keys(prices).filter(isDear)]
    this.#extraRequests = limits?.extra_requests ?? EXTRA_REQUESTS
    this.#praised = Object.keys(priors).sort(
      (a, b) => expected_s(priors[a] ?? {}) - expected_s(priors[b] ?? {}),
    )
  }

  /** Sets the ranking of an earlier visit, best first. */
  prefer(remembered: readonly Host[]): void {
    this.#remembered = remembered
  }

  /** Plans one segment; the first of `hosts` is the origin. */
  plan(request: PlanRequest): Promise<Plan> {
    const { hosts, bytes, segment_s, buffer_s, starting } = request
    const now_s = this.#clock.advance(request.now_s)
    const urgent = starting || buffer_s < SHORT_BUFFER * segment_s
    const preferred = [...this.#remembered, ...this.#praised].filter((host) => hosts.includes(host))
    const took_s = (host: Host): number =>
      (bytes ?? 0) / (recent(this.#rates.get(host), now_s) ?? Infinity)
    const doubt = (host: Host): number => {
      if (recent(this.#failed.get(host), now_s)) return Infinity
      if (took_s(host) > TOO_SLOW * segment_s) return took_s(host)
      return this.#spared.includes(host) ? SPARED : 0
    }
    const known = [...new Set([...preferred, ...hosts])].sort((a, b) =>
      doubt(a) === doubt(b) ? 0 : doubt(a) - doubt(b),
    )
    const [first, why] = this.#first(known, preferred, hosts, now_s, urgent)
    const ranking = [...new Set([first, ...known])]
    this.#last = { ranking, segment_s }
    const [, second] = ranking
    const after_s = urgent ? URGENT_HEDGE_AFTER_S : HEDGE_AFTER_S
    const hedge = second === undefined ? null : { host: second, after_s }
    this.#segments += 1
    const sound = ranking.filter((host) => doubt(host) === 0 || host === first)
    const parts = urgent && bytes && hedge ? this.#share(bytes, sound, hedge, now_s) : []
    for (const part of parts.length > 0 ? parts : [{ host: first, bytes: bytes ?? 0 }]) {
      this.#begin(part.host, part.bytes, now_s)
    }
    return Promise.resolve({
      plan: 0,
      ranking,
      hedge: parts.length > 0 ? null : hedge,
      parts,
      stall_s: STALL_S,
      propensity: 1,
      explored: false,
      why: [[why, { host: first }]],
    })
  }

  /** The host to ask first, and the reason; `known` is in order of trust. */
  #first(
    known: Host[],
    preferred: Host[],
    hosts: Host[],
    now_s: number,
    urgent: boolean,
  ): [Host, string] {
    const [trusted = ''] = known
    const sound = known.filter(
      (host) =>
        !recent(this.#failed.get(host), now_s) &&
        (host === trusted || !this.#spared.includes(host)),
    )
    const hoped = (host: Host): number => this.#hoped(host, now_s)
    const fastest = this.#fastest(sound, now_s) ?? trusted
    if (hoped(trusted) > 0 && hoped(fastest) > WORTH_A_CHANGE * hoped(trusted)) {
      return [fastest, '{host}: the fastest of those that were measured a moment ago.']
    }
    if (preferred.includes(trusted)) return [trusted, '{host}: the best that is remembered.']
    const isUnheard = (host: Host): boolean =>
      hoped(host) === 0 && this.#fetchesFrom(host, now_s) > 0
    const other = !urgent && isUnheard(trusted) ? sound.find((host) => !isUnheard(host)) : undefined
    if (other !== undefined) return [other, '{host}: the one asked before has not answered yet.']
    return trusted === hosts[0]
      ? [trusted, '{host}: the origin, because nothing better is known yet.']
      : [trusted, '{host}: others have failed or were too slow a moment ago.']
  }

  /** Expected rate of one more fetch from the host; 0 when the host has not been measured. */
  #hoped(host: Host, now_s: number): number {
    return (recent(this.#rates.get(host), now_s) ?? 0) / (1 + this.#fetchesFrom(host, now_s))
  }

  #fastest(hosts: Host[], now_s: number): Host | undefined {
    return [...hosts].sort((a, b) => this.#hoped(b, now_s) - this.#hoped(a, now_s))[0]
  }

  /** Shares a range out among sound hosts, of which the first leads; empty when it alone is as good. */
  #share(bytes: number, sound: Host[], hedge: NonNullable<Plan['hedge']>, now_s: number): Part[] {
    const expected = sound.map((host) => ({ host, rate: this.#hoped(host, now_s) }))
    const [leader, ...others] = expected
    if (!leader) return []
    const parts = share(bytes, leader, others, this.#extraLeft, hedge)
    this.#extra += Math.max(0, parts.length - 1)
    return parts
  }

  /** How many more extra requests the admin allows. */
  get #extraLeft(): number {
    return Math.floor(this.#extraRequests * (this.#segments + HEAD_START_SEGMENTS)) - this.#extra
  }

  #fetchesFrom(host: Host, now_s: number): number {
    return this.#inFlight(host, now_s).length
  }

  #inFlight(host: Host, now_s: number): number[] {
    return (this.#fetching.get(host) ?? []).filter((heard_s) => now_s - heard_s < PATIENCE_S)
  }

  #begin(host: Host, bytes: number, now_s: number): void {
    this.#fetching.set(host, [...this.#inFlight(host, now_s), now_s])
    this.#asked.set(host, { value: bytes, at_s: now_s })
  }

  /** Forgets the fetch of the host that was silent for longest. */
  #end(host: Host, now_s: number): void {
    this.#fetching.set(host, this.#inFlight(host, now_s).slice(1))
  }

  /** Notes the rate of the host, which all its fetches in flight share. */
  #measure(host: Host, rate: number, now_s: number): void {
    const value = rate * Math.max(1, this.#fetchesFrom(host, now_s))
    this.#rates.set(host, { value, at_s: now_s })
  }

  /**
   * Advises a rescue when the host delivers slower than the video plays, or than the buffer lasts.
   */
  progress(soFar: FetchSoFar): Promise<Advice> {
    const { host, bytes, bytes_left, body_s, buffer_s, tried } = soFar
    const now_s = this.#clock.advance(soFar.now_s)
    const rate = bytes / body_s
    if (this.#fetchesFrom(host, now_s) > 0) {
      this.#fetching.set(host, [...this.#inFlight(host, now_s).slice(1), now_s])
    }
    this.#measure(host, rate, now_s)
    const { ranking, segment_s } = this.#last
    const left_s = bytes_left / rate
    const why = `the rest would take another ${left_s.toFixed(1)} s`
    if (left_s <= Math.min(segment_s, Math.max(buffer_s, STALL_S))) {
      return Promise.resolve({ rescue: null, why })
    }
    const hoped = (other: Host): number => this.#hoped(other, now_s)
    const others = ranking.filter(
      (other) =>
        other !== host &&
        !recent(this.#failed.get(other), now_s) &&
        // No host is spared at the cost of a stall.
        (left_s > buffer_s || !this.#spared.includes(other)),
    )
    const fastest = this.#fastest(others, now_s)
    const isFaster = fastest !== undefined && hoped(fastest) > WORTH_A_CHANGE * rate
    // An unknown host is tried only when the current one is too slow for the video.
    const unknown = others.filter((other) => hoped(other) === 0 && !tried.includes(other))
    // Rescues of two segments at once go to two hosts: on the same host, each would look half as
    // fast.
    const idle = unknown.find((other) => this.#fetchesFrom(other, now_s) === 0) ?? unknown[0]
    const rescue = isFaster ? fastest : left_s > segment_s ? idle : undefined
    if (rescue !== undefined) this.#begin(rescue, bytes_left, now_s)
    return Promise.resolve({ rescue: rescue ?? null, why })
  }

  /** Lets a host that has brought its part take over the end of the slowest. */
  idle({ host, now_s: wall_s, parts }: Idle): Promise<Takeover> {
    const now_s = this.#clock.advance(wall_s)
    const asked = this.#asked.get(host)
    const took_s = asked ? Math.max(now_s - asked.at_s, MIN_BODY_S) : Infinity
    const rate = Math.max((asked?.value ?? 0) / took_s, this.#hoped(host, now_s))
    const found = takeOver(this.#extraLeft > 0 ? rate : 0, parts)
    if (found.part !== null) {
      this.#extra += 1
      this.#end(host, now_s)
      this.#begin(host, found.bytes, now_s)
    }
    return Promise.resolve(found)
  }

  discard({ host, now_s }: Pick<Outcome, 'host' | 'now_s'>): void {
    this.#end(host, this.#clock.advance(now_s))
  }

  observe(outcome: Outcome): void {
    const { host, kind, ttfb_s, total_s, bytes } = outcome
    const now_s = this.#clock.advance(outcome.now_s)
    if (kind === 'missing') {
      this.#end(host, now_s)
      return
    }
    const body_s = total_s - (ttfb_s ?? total_s)
    if (body_s > MIN_BODY_S || (body_s > 0 && bytes > MIN_BYTES)) {
      this.#measure(host, bytes / body_s, now_s)
    }
    this.#end(host, now_s)
    // A fetch that lost to its hedge has not failed, but a late host is ranked like a failed one.
    const late = ttfb_s === null && total_s >= URGENT_HEDGE_AFTER_S
    if (kind === 'ok') this.#failed.delete(host)
    else if (kind === 'aborted' ? late : kind !== 'switched') {
      this.#failed.set(host, { value: true, at_s: now_s })
    }
  }
}

function recent<T>(seen: Seen<T> | undefined, now_s: number): T | undefined {
  return seen && now_s - seen.at_s < MEMORY_S ? seen.value : undefined
}

/** Expected time for a segment of 1 MB by a host's prior; infinite when the prior is incomplete. */
export function expected_s({ ttfb_s, rate_mbps, error_rate = 0 }: HostPrior): number {
  return ((ttfb_s ?? Infinity) + 8 / (rate_mbps ?? 0)) / (1 - error_rate)
}
