/** Decides while the engine is not there: before it is ready, when it is late, when it fails. */
import type {
  Advice,
  FetchSoFar,
  Host,
  HostPrior,
  Outcome,
  Plan,
  PlanRequest,
} from '../messages.ts'

/** Whoever decides where a segment comes from. */
export interface Planner {
  plan(request: PlanRequest): Promise<Plan>
  progress(soFar: FetchSoFar): Promise<Advice>
  observe(outcome: Outcome): void
}

/** A host that has just failed is asked after all others for this long. */
const GRACE_S = 30
const STALL_S = 2
const HEDGE_AFTER_S = 1.5
/** With little in the buffer a late host is doubted sooner. */
const URGENT_HEDGE_AFTER_S = 1

/** Remembered hosts first, then those the fleet praises, then the origin, then the rest. */
export class Fallback implements Planner {
  readonly #failedAt_s = new Map<Host, number>()
  readonly #praised: Host[]
  #remembered: readonly Host[] = []
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
  plan(request: PlanRequest): Promise<Plan> {
    const preferred = [...this.#remembered, ...this.#praised].filter((host) =>
      request.hosts.includes(host),
    )
    const order = [...new Set([...preferred, ...request.hosts])]
    const failed = (host: Host): boolean =>
      request.now_s - (this.#failedAt_s.get(host) ?? -Infinity) < GRACE_S
    const ranking = [...order.filter((host) => !failed(host)), ...order.filter(failed)]
    this.#last = { ranking, segment_s: request.segment_s }
    const urgent = request.starting || request.buffer_s < 2 * request.segment_s
    const second = ranking[1]
    return Promise.resolve({
      plan: 0,
      ranking,
      hedge: second
        ? { host: second, after_s: urgent ? URGENT_HEDGE_AFTER_S : HEDGE_AFTER_S }
        : null,
      stall_s: STALL_S,
      propensity: 1,
      explored: false,
      why: preferred.length > 0 ? 'remembered order' : 'nothing is known yet: the origin first',
    })
  }

  /** Leaves a host that delivers slower than the video plays, or than the buffer lasts. */
  progress({ bytes, bytes_left, body_s, buffer_s, tried }: FetchSoFar): Promise<Advice> {
    const left_s = bytes_left / (bytes / body_s)
    const { ranking, segment_s } = this.#last
    const rescue =
      left_s > Math.min(segment_s, Math.max(buffer_s, STALL_S))
        ? ranking.find((host) => !tried.includes(host))
        : undefined
    return Promise.resolve({
      rescue: rescue ?? null,
      why: `the rest would take another ${left_s.toFixed(1)} s`,
    })
  }

  observe({ host, kind, ttfb_s, total_s, now_s }: Outcome): void {
    // A fetch that lost to its hedge says nothing of failure, but that it was late.
    const late = kind === 'aborted' && ttfb_s === null && total_s >= URGENT_HEDGE_AFTER_S
    if (kind === 'ok') this.#failedAt_s.delete(host)
    else if (kind !== 'aborted' || late) this.#failedAt_s.set(host, now_s)
  }
}

/** Expected time for a segment of 1 MB, by what the fleet says; unknown is worst. */
function expected_s({ ttfb_s, rate_mbps, error_rate = 0 }: HostPrior): number {
  return ((ttfb_s ?? Infinity) + 8 / (rate_mbps ?? 0)) / (1 - error_rate)
}
