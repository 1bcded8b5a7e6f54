/**
 * Tells a host's failure from one of the viewer's own link, which is nobody's reputation.
 *
 * Only what the planner learns is decided here; downloads fail over at once. A fetch that ends
 * without an answer is held back until some host answers a later request. Then a host that failed
 * alone is to blame, and so are hosts that failed together if the answer came at once. Several that
 * failed together, with no answer between, were cut off by the viewer's link, and so is whatever
 * ends while the browser is offline, or while the page slept.
 */
import type { Host, Outcome } from '../../../messages.ts'
import type { Planner } from '../planner.ts'

/** An outage of the link that nobody notices otherwise lasts longer than this. */
const MOMENT_MS = 1000
/** An outcome that was held back for longer is told as one of that moment. */
const LATEST_S = 20
/** Most failures that are held back; the oldest is discarded. */
const MAX_HELD = 64

/** A fetch that has ended. */
export interface EndedFetch {
  outcome: Outcome
  isPublic: boolean
  began_ms: number
  /** When the host last sent something; the start, if it never did. */
  heard_ms: number
  /** The page slept meanwhile. */
  slept: boolean
  /** No other host has the file, so that none can show whose failure it was. */
  isOnlyHost: boolean
}

interface Held extends EndedFetch {
  at_ms: number
}

export class LinkWatch {
  readonly #planner: Pick<Planner, 'observe' | 'discard'>
  /** Without an answer by any host since the first of them. */
  #held: Held[] = []
  /** When each host last began to answer. */
  readonly #answered_ms = new Map<Host, number>()
  /** Hosts whose last failure was put down to the link although another host did not fail. */
  readonly #doubted = new Set<Host>()
  /** End of the last outage of the link; fetches that began before say nothing. */
  #downUntil_ms = -Infinity

  constructor(planner: Pick<Planner, 'observe' | 'discard'>) {
    this.#planner = planner
  }

  /** Whether a failure of the host is held back; it is not asked again while others may be. */
  isSuspect(host: Host): boolean {
    return this.#held.some(({ outcome }) => isFailure(outcome) && outcome.host === host)
  }

  /** The link was down until now, or the page slept. */
  wasDown(): void {
    this.#downUntil_ms = performance.now()
    for (const { outcome } of this.#held.splice(0)) this.#planner.discard(outcome)
  }

  /** A host begins to answer a request, or has answered it; it was last heard of at `heard_ms`. */
  answered(host: Host, began_ms: number, heard_ms: number): void {
    const before_ms = this.#answered_ms.get(host) ?? -Infinity
    this.#answered_ms.set(host, Math.max(before_ms, heard_ms))
    this.#doubted.delete(host)
    // What had been sent before a failure may arrive after it.
    const last = this.#held.at(-1)
    if (last && began_ms >= last.at_ms) this.#decide(host, heard_ms)
  }

  /** Passes an outcome on to the planner, now or once it is clear whose failure it was. */
  observe(fetch: EndedFetch): void {
    const { outcome, isPublic, began_ms, slept } = fetch
    // An answer shows that the link is up, whatever the browser says: some always say "offline".
    if (slept || (isOffline() && hadNoAnswer(outcome))) this.wasDown()
    if (began_ms <= this.#downUntil_ms && !isAnswerWithError(outcome))
      this.#planner.discard(outcome)
    else if (this.#isDoubtful(fetch)) this.#hold(fetch)
    else this.#planner.observe(outcome, isPublic)
  }

  #isDoubtful({ outcome, heard_ms, isOnlyHost }: EndedFetch): boolean {
    const { host } = outcome
    if (!hadNoAnswer(outcome)) return false
    if (this.#held.length === 0 && (isOnlyHost || !isFailure(outcome))) return false
    // Another host that has answered during the silence shows that the link was up.
    const middle_ms = (heard_ms + performance.now()) / 2
    return ![...this.#answered_ms].some(([other, at_ms]) => other !== host && at_ms >= middle_ms)
  }

  #hold(fetch: EndedFetch): void {
    this.#held.push({ ...fetch, at_ms: performance.now() })
    if (this.#held.length > MAX_HELD) {
      for (const { outcome } of this.#held.splice(0, 1)) this.#planner.discard(outcome)
    }
  }

  /** Some host has answered: blames the hosts whose failures are held back, or the link. */
  #decide(host: Host, now_ms: number): void {
    const held = this.#held.splice(0)
    const failures = held.filter(({ outcome }) => isFailure(outcome))
    const failed = new Set(failures.map(({ outcome }) => outcome.host))
    const since_ms = Math.min(...failures.map(({ heard_ms }) => heard_ms))
    const isShort = now_ms - since_ms < MOMENT_MS
    const wasLink = failed.size > 1 && (failed.has(host) || !isShort)
    if (wasLink) this.#downUntil_ms = now_ms
    for (const { outcome, isPublic } of held) {
      if (wasLink && !this.#doubted.has(outcome.host)) this.#planner.discard(outcome)
      else this.#planner.observe(asOfLate(outcome), isPublic)
    }
    if (!wasLink || failed.has(host)) return
    // They may be down all the same: the next failure is their own.
    for (const other of failed) this.#doubted.add(other)
  }
}

function isOffline(): boolean {
  // Node 20 has no navigator.
  return (globalThis as { navigator?: Navigator }).navigator?.onLine === false
}

function hadNoAnswer({ kind, status, ttfb_s }: Outcome): boolean {
  if (kind === 'http-error') return status === null
  return kind === 'timeout' || kind === 'stall' || (kind === 'aborted' && ttfb_s === null)
}

/** These are the host's own, however the link is. */
function isAnswerWithError({ kind, status }: Outcome): boolean {
  return kind === 'corrupt' || kind === 'missing' || (kind === 'http-error' && status !== null)
}

/** The engine takes an outcome of long ago for a clock that was set back. */
function asOfLate(outcome: Outcome): Outcome {
  return { ...outcome, now_s: Math.max(outcome.now_s, Date.now() / 1000 - LATEST_S) }
}

/** A fetch that was aborted without an answer shares the fate of the failures around it. */
function isFailure({ kind }: Outcome): boolean {
  return kind !== 'aborted'
}
