/**
 * The trace of one segment from plan to end: each host's share, and whether a stall was avoided.
 *
 * A stall counts as avoided when the host of a whole segment failed or was too slow, the segment
 * came before the buffer ran out, and it would have come too late without another host. The time
 * without another host is estimated:
 * - a slow host would have continued at its rate so far;
 * - a failed host would have been given up after 3 s, as by PeerTube's loader, and the segment
 *   would then have taken as long as it took here.
 *
 * Wrong bytes and hosts that lost to a hedge are not counted, because their time without another
 * host is not known. So the number is a lower bound.
 */
import { FAILURES } from '../courier/http/attempt.ts'
import type { LoadEvent, SegmentRef } from '../courier/events.ts'
import type { Host, OutcomeKind, Plan, PlanRequest } from '../../messages.ts'

const GIVEN_UP_AFTER_S = 3
/** Outcomes whose bytes the player got. */
const DELIVERED: readonly OutcomeKind[] = ['ok', 'switched', 'stall']

export class SegmentTrace {
  readonly #began_ms = performance.now()
  readonly #buffer_s: number | null
  readonly #end: number | null
  readonly #brought = new Map<Host, number>()
  /** Time from the plan to the end of the segment, had a slow host gone on alone. */
  #leftAlone_s = 0
  #failed_s: number | null = null

  constructor({ first }: SegmentRef, { bytes, buffer_s, starting }: PlanRequest, plan: Plan) {
    const isWhole = plan.parts.length === 0 && !starting
    this.#buffer_s = isWhole ? buffer_s : null
    this.#end = bytes === null ? null : first + bytes
  }

  fetched({ host, kind, first, bytes, ttfb_s, total_s }: Extract<LoadEvent, { type: 'fetched' }>) {
    if (DELIVERED.includes(kind)) this.#brought.set(host, (this.#brought.get(host) ?? 0) + bytes)
    const now_s = (performance.now() - this.#began_ms) / 1000
    if (FAILURES.includes(kind)) this.#failed_s ??= now_s
    if (kind === 'switched' && ttfb_s !== null && this.#end !== null) {
      const rest_s = ((this.#end - first - bytes) * (total_s - ttfb_s)) / bytes
      this.#leftAlone_s = Math.max(this.#leftAlone_s, now_s + rest_s)
    }
  }

  /** The share of the segment that each host has delivered. */
  shares(): [Host, number][] {
    const all = [...this.#brought.values()].reduce((sum, bytes) => sum + bytes, 0)
    return [...this.#brought].map(([host, bytes]) => [host, bytes / Math.max(all, 1)])
  }

  /** Whether the segment, complete after `total_s`, came in time only because of another host. */
  avoidedStall(total_s: number): boolean {
    const afterFailure_s =
      this.#failed_s === null
        ? 0
        : Math.max(GIVEN_UP_AFTER_S, this.#failed_s) + total_s - this.#failed_s
    const otherwise_s = Math.max(this.#leftAlone_s, afterFailure_s)
    return this.#buffer_s !== null && total_s < this.#buffer_s && otherwise_s > this.#buffer_s
  }
}
