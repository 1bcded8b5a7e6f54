/**
 * One segment from its plan to its end: who brought what, and whether help came in time.
 *
 * A stall counts as avoided when a host that was to bring a whole segment failed or was left for
 * being slow, the segment was there before the buffer had run out, and would not have been:
 * - of a slow host the rest would have come at the rate at which the first part came;
 * - a host that failed would have been given up after 3 s, as PeerTube's loader does, and the
 *   segment would then have taken another as long as it took here.
 *
 * Wrong bytes and hosts that lost to a hedge are not counted, for nobody knows what would have
 * become of them: the true number is this or more.
 */
import { FAILURES } from '../courier/attempt.ts'
import type { LoadEvent } from '../courier/events.ts'
import type { SegmentRef } from '../courier/segment.ts'
import type { Host, OutcomeKind, Plan, PlanRequest } from '../../messages.ts'

const GIVEN_UP_AFTER_S = 3
/** What these brought is part of what the player got. */
const DELIVERED: readonly OutcomeKind[] = ['ok', 'switched', 'stall']

export class SegmentStory {
  readonly #began_ms = performance.now()
  readonly #buffer_s: number | null
  readonly #end: number | null
  readonly #brought = new Map<Host, number>()
  /** When a slow host would have been done. */
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

  /** How much of the segment each host has brought. */
  shares(): [Host, number][] {
    const all = [...this.#brought.values()].reduce((sum, bytes) => sum + bytes, 0)
    return [...this.#brought].map(([host, bytes]) => [host, bytes / Math.max(all, 1)])
  }

  /** Whether it came in time, `total_s` after it was asked for, only because others helped. */
  wasSaved(total_s: number): boolean {
    const afterFailure_s =
      this.#failed_s === null
        ? 0
        : Math.max(GIVEN_UP_AFTER_S, this.#failed_s) + total_s - this.#failed_s
    const otherwise_s = Math.max(this.#leftAlone_s, afterFailure_s)
    return this.#buffer_s !== null && total_s < this.#buffer_s && otherwise_s > this.#buffer_s
  }
}
