/** Events and counters of one load, for listeners: the viewer's panel and the demo's charts. */
import type { Host, Outcome, Plan, PlanRequest } from '../../messages.ts'
import type { Role } from './http/attempt.ts'

/** The segment an event is about; `id` counts the player's requests of one load. */
export interface SegmentRef {
  id: number
  file: string
  /** First and last requested byte; `last` is null when the file's length is not known. */
  first: number
  last: number | null
}

export type LoadEvent =
  /** `plan.plan` is 0 when the fallback has made the plan. */
  | { type: 'planned'; segment: SegmentRef; request: PlanRequest; plan: Plan }
  | { type: 'asked'; segment: SegmentRef; host: Host; role: Role; first: number }
  /** `first` is the first requested byte. */
  | ({ type: 'fetched'; segment: SegmentRef; role: Role; first: number } & Outcome)
  | {
      type: 'finished'
      segment: SegmentRef
      bytes: number
      total_s: number
      /** Null when the player got its segment. */
      error: string | null
    }

export interface Counters {
  segments: number
  /** Requests, by the reason why the host was asked. */
  asked: Record<Role, number>
  /** Fetches with wrong bytes; none of these bytes reached the player. */
  corrupt: number
  failed: number
  /** Bytes received from hosts. */
  bytes: number
  /** Bytes passed on to the player; the rest of `bytes` was wasted. */
  delivered_bytes: number
  /** Time of our code on the page's main thread; without hashing, which PeerTube does as well. */
  main_thread_ms: number
}

/** Passes events of one type to its listeners. */
export class Emitter<Event> {
  readonly #listeners = new Set<(event: Event) => void>()

  /** Returns the function that removes the listener. */
  on(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  emit(event: Event): void {
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (error) {
        // A listener that throws must not cost the viewer a segment.
        console.error(error)
      }
    }
  }
}

export class Events extends Emitter<LoadEvent> {
  readonly counters: Counters = {
    segments: 0,
    asked: { primary: 0, part: 0, takeover: 0, hedge: 0, failover: 0, rescue: 0, repair: 0 },
    corrupt: 0,
    failed: 0,
    bytes: 0,
    delivered_bytes: 0,
    main_thread_ms: 0,
  }

  /** Runs synchronous work of ours and adds its duration to `main_thread_ms`. */
  timed<T>(work: () => T): T {
    const began_ms = performance.now()
    try {
      return work()
    } finally {
      this.counters.main_thread_ms += performance.now() - began_ms
    }
  }
}
