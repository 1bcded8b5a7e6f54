/** All fetches for one segment: starts them, and reports outcomes to the planner and listeners. */
import type { Host, OutcomeKind, Plan } from '../../messages.ts'
import { Attempt, FAILURES, type Role } from './http/attempt.ts'
import type { Run, SegmentBody } from './body.ts'
import type { SegmentRef } from './events.ts'
import { sourcesOf } from './video/hosts.ts'
import type { SegmentRequest } from './segment-request.ts'
import type { Shared } from './shared.ts'

export class Fetches {
  /** Address of the segment on each host; the origin comes first. */
  readonly urls: ReadonlyMap<Host, string>
  readonly origin: Host
  plan: Plan | null = null
  /** Hosts that have failed a fetch of this segment. */
  readonly failed = new Set<Host>()
  readonly #shared: Shared
  readonly #request: SegmentRequest
  readonly #segment: SegmentRef
  readonly #body: SegmentBody
  readonly #running = new Set<Attempt>()
  /** Complete fetches whose bytes are not validated yet. */
  readonly #unvalidated = new Set<Attempt>()

  constructor(shared: Shared, request: SegmentRequest, segment: SegmentRef, body: SegmentBody) {
    this.#shared = shared
    this.#request = request
    this.#segment = segment
    this.#body = body
    this.urls = sourcesOf(request.url, request.load.mirrors)
    this.origin = new URL(request.url).origin
  }

  ask(host: Host, role: Role, run: Run, patient: boolean): Attempt {
    const { load, url, byteRange, originInit } = this.#request
    const base = byteRange?.start ?? 0
    const first = base + run.first
    const toFileEnd = byteRange === undefined && run.end === this.#body.size
    const attempt = new Attempt(
      {
        host,
        url: this.urls.get(host) ?? url,
        role,
        plan: this.plan?.plan ?? 0,
        first,
        last: run.end === null ? null : base + run.end - 1,
        ranged: !toFileEnd || first > 0,
        wholeWillDo: toFileEnd,
        // The viewer's credentials are for the origin alone.
        init: host === this.origin ? originInit : { credentials: 'omit' },
        stall_s: this.plan?.stall_s ?? 0,
        patient,
      },
      this.#shared.traffic,
      (ended) => this.#ended(ended),
    )
    this.#running.add(attempt)
    void attempt.firstByte.then(() => this.#noteAnswer(attempt))
    load.events.counters.asked[role] += 1
    load.events.emit({ type: 'asked', segment: this.#segment, host, role, first })
    return attempt
  }

  /** Whether the host may have the file, and has not asked for a pause. */
  isReady(host: Host): boolean {
    const { missing, paused } = this.#shared
    return !missing.lacks(this.urls.get(host) ?? this.#request.url) && !paused.has(host)
  }

  get #isOnlyHost(): boolean {
    return this.plan?.ranking.length === 1
  }

  /** Aborts all running fetches. */
  abort(): void {
    for (const attempt of this.#running) attempt.stop('aborted')
  }

  /** Reports that these fetches have brought wrong bytes. */
  blame(guilty: Iterable<Attempt>): void {
    for (const attempt of guilty) {
      this.#shared.corruptHosts.add(attempt.request.host)
      this.#reportWrong(attempt, 'corrupt')
    }
  }

  /** Reports that these fetches have brought bytes of another version of the file. */
  reject(outdated: Iterable<Attempt>): void {
    for (const attempt of outdated) {
      this.#shared.missing.noteMissing(attempt.url)
      this.#reportWrong(attempt, 'missing')
    }
  }

  #reportWrong(attempt: Attempt, kind: OutcomeKind): void {
    const { events, isPublic } = this.#request.load
    events.counters.corrupt += 1
    if (this.#unvalidated.delete(attempt)) this.#settle(attempt, kind)
    // This fetch ended early and was reported so; its wrong bytes are a second outcome.
    else this.#shared.planner.observe(attempt.outcome(kind), isPublic)
  }

  /** Reports this outcome for all complete fetches whose outcome is still open. */
  settle(kind: 'ok' | 'aborted'): void {
    for (const attempt of this.#unvalidated) this.#settle(attempt, kind)
    this.#unvalidated.clear()
  }

  #ended(attempt: Attempt): void {
    this.#running.delete(attempt)
    if (attempt.kind === null) return
    this.#noteAnswer(attempt)
    if (attempt.kind === 'ok') this.#unvalidated.add(attempt)
    else this.#settle(attempt, attempt.kind)
    const { host, url, retryAfter_s } = attempt
    if (FAILURES.includes(attempt.kind)) this.failed.add(host)
    if (attempt.kind === 'missing') this.#shared.missing.noteMissing(url)
    if (retryAfter_s !== null) this.#shared.paused.pause(host, retryAfter_s)
  }

  #noteAnswer({ hasAnswered, host, began_ms, heard_ms }: Attempt): void {
    if (hasAnswered) this.#shared.link.answered(host, began_ms, heard_ms)
  }

  #settle(attempt: Attempt, kind: OutcomeKind): void {
    const { events, isPublic } = this.#request.load
    const outcome = attempt.outcome(kind)
    const { planner, link, missing } = this.#shared
    if (kind === 'ok') missing.noteFound(attempt.url)
    const { fromCache, began_ms, heard_ms, slept } = attempt
    if (fromCache) planner.discard(outcome)
    else
      link.observe({ outcome, isPublic, began_ms, heard_ms, slept, isOnlyHost: this.#isOnlyHost })
    events.counters.bytes += outcome.bytes
    const { role, first } = attempt.request
    events.emit({ type: 'fetched', segment: this.#segment, role, first, ...outcome })
  }
}
