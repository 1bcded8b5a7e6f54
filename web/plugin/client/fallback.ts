/** Decides while the engine is not there: before it is ready, when it is late, when it fails. */
import type {
  Advice,
  FetchSoFar,
  Host,
  HostPrior,
  Idle,
  Outcome,
  Plan,
  PlanRequest,
  Takeover,
} from '../messages.ts'

/** Whoever decides where a segment comes from. */
export interface Planner {
  plan(request: PlanRequest): Promise<Plan>
  progress(soFar: FetchSoFar): Promise<Advice>
  idle(idle: Idle): Promise<Takeover>
  observe(outcome: Outcome): void
}

/** What was seen of a host counts for this long. */
const MEMORY_S = 30
const STALL_S = 2
const HEDGE_AFTER_S = 1.5
/** With little in the buffer a late host is doubted sooner. */
const URGENT_HEDGE_AFTER_S = 1
/** A change costs a round trip, and the first kilobytes say little of a host's rate. */
const WORTH_A_CHANGE = 1.5
const MIN_BODY_S = 0.1
/** The loader fetches two segments at a time, and each gets but a half of its host's rate. */
const TOO_SLOW = 2

interface Seen<T> {
  value: T
  at_s: number
}

/**
 * Remembered hosts first, then those the fleet praises, then the origin, then the rest. Hosts
 * that were too slow for the video go behind these, and those that have failed go last.
 */
export class Fallback implements Planner {
  readonly #praised: Host[]
  #remembered: readonly Host[] = []
  readonly #failed = new Map<Host, Seen<true>>()
  /** Bytes per second of body. */
  readonly #rates = new Map<Host, Seen<number>>()
  /** Unknown hosts that were sent a rest. */
  readonly #tried = new Map<Host, Seen<true>>()
  #last: { ranking: Host[]; segment_s: number } = { ranking: [], segment_s: 0 }

  constructor(priors: Readonly<Record<Host, HostPrior>>) {
    this.#praised = Object.keys(priors).sort(
      (a, b) => expected_s(priors[a] ?? {}) - expected_s(priors[b] ?? {}),
    )
  }

  /** What an earlier visit found, best first. */
  prefer(remembered: readonly Host[]): void {
    this.#remembered = remembered
  }

  /** The first of `hosts` is the origin. */
  plan({ hosts, now_s, bytes, segment_s, buffer_s, starting }: PlanRequest): Promise<Plan> {
    const preferred = [...this.#remembered, ...this.#praised].filter((host) => hosts.includes(host))
    const took_s = (host: Host): number =>
      (bytes ?? 0) / (recent(this.#rates.get(host), now_s) ?? Infinity)
    const doubt = (host: Host): number => {
      if (recent(this.#failed.get(host), now_s)) return Infinity
      return took_s(host) > TOO_SLOW * segment_s ? took_s(host) : 0
    }
    const ranking = [...new Set([...preferred, ...hosts])].sort((a, b) =>
      doubt(a) === doubt(b) ? 0 : doubt(a) - doubt(b),
    )
    this.#last = { ranking, segment_s }
    const urgent = starting || buffer_s < 2 * segment_s
    const after_s = urgent ? URGENT_HEDGE_AFTER_S : HEDGE_AFTER_S
    const [, second] = ranking
    return Promise.resolve({
      plan: 0,
      ranking,
      hedge: second === undefined ? null : { host: second, after_s },
      parts: [],
      stall_s: STALL_S,
      propensity: 1,
      explored: false,
      why: preferred.length > 0 ? 'remembered order' : 'nothing is known yet: the origin first',
    })
  }

  /** Leaves a host that delivers slower than the video plays, or than the buffer lasts. */
  progress(soFar: FetchSoFar): Promise<Advice> {
    const { host, now_s, bytes, bytes_left, body_s, buffer_s, tried } = soFar
    const rate = bytes / body_s
    this.#rates.set(host, { value: rate, at_s: now_s })
    const { ranking, segment_s } = this.#last
    const left_s = bytes_left / rate
    const why = `the rest would take another ${left_s.toFixed(1)} s`
    if (left_s <= Math.min(segment_s, Math.max(buffer_s, STALL_S))) {
      return Promise.resolve({ rescue: null, why })
    }
    const rateOf = (other: Host): number => recent(this.#rates.get(other), now_s) ?? 0
    const others = ranking.filter(
      (other) => other !== host && !recent(this.#failed.get(other), now_s),
    )
    const [fastest] = [...others].sort((a, b) => rateOf(b) - rateOf(a))
    const isFaster = fastest !== undefined && rateOf(fastest) > WORTH_A_CHANGE * rate
    // Of an unknown host nothing can be hoped but that the video plays.
    const unknown = others.filter((other) => rateOf(other) === 0 && !tried.includes(other))
    const rescue = isFaster ? fastest : left_s > segment_s ? this.#oneOf(unknown, now_s) : undefined
    return Promise.resolve({ rescue: rescue ?? null, why })
  }

  /** Two segments at once are sent to two hosts: on the same one, each would look half as fast. */
  #oneOf(unknown: Host[], now_s: number): Host | undefined {
    const host = unknown.find((other) => !recent(this.#tried.get(other), now_s)) ?? unknown[0]
    if (host !== undefined) this.#tried.set(host, { value: true, at_s: now_s })
    return host
  }

  /** What it plans has one part, so nobody is idle while others are at theirs. */
  idle(): Promise<Takeover> {
    return Promise.resolve({ part: null, bytes: 0, why: 'nothing is split' })
  }

  observe({ host, kind, ttfb_s, total_s, bytes, now_s }: Outcome): void {
    const body_s = total_s - (ttfb_s ?? total_s)
    if (body_s > MIN_BODY_S) this.#rates.set(host, { value: bytes / body_s, at_s: now_s })
    // A fetch that lost to its hedge says nothing of failure, but that it was late.
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

/** Expected time for a segment of 1 MB, by what the fleet says; unknown is worst. */
function expected_s({ ttfb_s, rate_mbps, error_rate = 0 }: HostPrior): number {
  return ((ttfb_s ?? Infinity) + 8 / (rate_mbps ?? 0)) / (1 - error_rate)
}
