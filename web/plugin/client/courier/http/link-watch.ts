/**
 * Tells a host's failure from one of the viewer's own link, which is nobody's reputation.
 *
 * A fetch that ends without an answer is held back until some host answers. Another host that has
 * answered within moments, and has not failed meanwhile, shows that the link was up: then the held
 * failures are observed. A host that had failed too, or an answer that came late, shows that the
 * link was down: then they are discarded.
 */
import type { Host, Outcome } from '../../../messages.ts'
import type { Planner } from '../planner.ts'

const MOMENT_MS = 2000
/** Most failures that are held back; the oldest is discarded. */
const MAX_HELD = 64

interface Held {
  outcome: Outcome
  isPublic: boolean
  at_ms: number
}

export class LinkWatch {
  readonly #planner: Pick<Planner, 'observe' | 'discard'>
  #held: Held[] = []
  #offlineUntil_ms = -Infinity

  constructor(planner: Pick<Planner, 'observe' | 'discard'>) {
    this.#planner = planner
  }

  /** A host has answered, or has sent bytes. */
  heard(host: Host): void {
    if (this.#held.length === 0) return
    const held = this.#held
    this.#held = []
    const linkFailed = held.some(({ outcome }) => outcome.host === host)
    for (const { outcome, isPublic, at_ms } of held) {
      if (linkFailed || performance.now() - at_ms > MOMENT_MS) this.#planner.discard(outcome)
      else this.#planner.observe(outcome, isPublic)
    }
  }

  /** Passes an outcome on, now or once it is clear whose failure it was. */
  observe(outcome: Outcome, isPublic: boolean): void {
    const isAborted = outcome.kind === 'aborted' && outcome.ttfb_s === null
    if (!isAborted && !hadNoAnswer(outcome)) this.#planner.observe(outcome, isPublic)
    else if (this.#isOffline) this.#planner.discard(outcome)
    else if (isAborted) this.#planner.observe(outcome, isPublic)
    else {
      this.#held.push({ outcome, isPublic, at_ms: performance.now() })
      if (this.#held.length > MAX_HELD) this.#discard(this.#held.shift())
    }
  }

  #discard(held: Held | undefined): void {
    if (held) this.#planner.discard(held.outcome)
  }

  /** Whether the browser says so, or said so a moment ago. */
  get #isOffline(): boolean {
    const now_ms = performance.now()
    const { navigator } = globalThis as { navigator?: Navigator }
    if (navigator?.onLine === false) this.#offlineUntil_ms = now_ms + MOMENT_MS
    return now_ms < this.#offlineUntil_ms
  }
}

function hadNoAnswer({ kind, status }: Outcome): boolean {
  if (kind === 'http-error') return status === null
  return kind === 'timeout' || kind === 'stall'
}
