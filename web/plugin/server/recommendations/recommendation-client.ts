/** The client of the service's recommendations: lists, watch events and removed videos. */
import { isRecord } from '../http-errors.ts'
import { Outbox, type Batch, type BatchTiming } from '../outbox.ts'
import type { Service, StoreResult } from '../service.ts'
import { EPSILON, type Event } from '../../shared/watch-event.ts'
import { NeighbourTable } from './neighbour-table.ts'

/** "Other videos" is delayed by at most this time. */
const PATIENCE_MS = 150
/** Lists for viewers who do not take part are cached by query. */
const FRESH_MS = 60_000
const MAX_KEPT = 500
/** The service's limits per request. */
const MOST_EVENTS = 200
const MOST_GONE = 1000
/**
 * PeerTube writes its view counters every half hour; until then the service postpones some events.
 */
const AGAIN_MS = 30 * 60_000
const MAX_LATER = 10_000

export class RecommendationClient {
  readonly outbox: Outbox<Event, number>
  /** UUIDs of videos that were deleted or are no longer public. */
  readonly removals: Outbox<string, null>
  readonly table: NeighbourTable
  readonly #service: Service
  readonly #kept = new Map<string, { uuids: string[]; until_ms: number }>()
  readonly #onDropped: (count: number) => void
  #later: Event[] = []

  constructor(service: Service, timing: BatchTiming, onDropped: (count: number) => void) {
    this.#service = service
    this.#onDropped = onDropped
    this.table = new NeighbourTable(service)
    this.outbox = new Outbox({
      store: (batch) => this.#store(batch),
      most: MOST_EVENTS,
      onDropped,
      timing,
    })
    this.removals = new Outbox({
      store: ({ items }) => service.store('videos/gone', { videos: items }),
      most: MOST_GONE,
      // A lost item does no harm: the service's next crawl of PeerTube finds the removed video.
      onDropped: () => undefined,
      timing: { ...timing, gather_s: 0 },
    })
  }

  tryAgain(): void {
    this.outbox.tryAgain()
    this.removals.tryAgain()
  }

  async close(): Promise<void> {
    await Promise.all([this.outbox.close(), this.removals.close()])
  }

  /** Passes events on; false when too many wait already. */
  take(events: Event[]): boolean {
    return this.outbox.add(events, EPSILON)
  }

  /** UUIDs of recommended videos, best first; none when the service does not answer in time. */
  async list(asked: URLSearchParams): Promise<string[]> {
    const key = asked.toString()
    const kept = this.#kept.get(key)
    if (kept && performance.now() < kept.until_ms) return kept.uuids
    const path = 'recommendations/videos'
    const asking = { body: Object.fromEntries(asked), patience_ms: PATIENCE_MS }
    const said = await this.#service.promptly(path, asking, isListed)
    if (!said) return []
    const uuids = said.data.map(({ uuid }) => uuid)
    if (!asked.has('viewer')) this.#keep(key, uuids)
    return uuids
  }

  #keep(key: string, uuids: string[]): void {
    this.#kept.delete(key)
    this.#kept.set(key, { uuids, until_ms: performance.now() + FRESH_MS })
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest)
  }

  async #store({ batch, terms, items }: Batch<Event, number>): Promise<StoreResult> {
    const result = await this.#service.store('events', { batch, epsilon: terms, events: items })
    if (result.kind === 'stored') this.#tryAgain(items, result.said)
    return result
  }

  /**
   * Queues events that the service has postponed; after a day the service refuses such an event for
   * good.
   */
  #tryAgain(events: Event[], said: unknown): void {
    const refused = isRecord(said) && Array.isArray(said['refused']) ? said['refused'] : []
    const later = refused.map((each) =>
      isRecord(each) && each['later'] ? events[each['at'] as number] : undefined,
    )
    const found = later.filter((event) => event !== undefined)
    if (found.length === 0) return
    if (this.#later.length === 0) setTimeout(() => this.#sendLater(), AGAIN_MS).unref()
    this.#later.push(...found.slice(0, MAX_LATER - this.#later.length))
  }

  #sendLater(): void {
    const later = this.#later
    this.#later = []
    for (let at = 0; at < later.length; at += MOST_EVENTS) {
      const some = later.slice(at, at + MOST_EVENTS)
      if (!this.take(some)) this.#onDropped(some.length)
    }
  }
}

const isListed = (said: unknown): said is { data: { uuid: string }[] } =>
  isRecord(said) &&
  Array.isArray(said['data']) &&
  said['data'].every((video) => isRecord(video) && typeof video['uuid'] === 'string')
