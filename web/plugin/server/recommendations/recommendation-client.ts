/** What the service knows of watching, asked for and told. */
import { isRecord } from '../answering.ts'
import { Outbox, type Batch, type Rhythm } from '../outbox.ts'
import type { Service, Verdict } from '../service.ts'
import { EPSILON, type Event } from '../../shared/watch-event.ts'
import { NeighbourTable } from './neighbour-table.ts'

/** A page waits for its "Other videos" this much longer at most. */
const PATIENCE_MS = 150
/** Lists for the same video are alike for everybody who does not take part. */
const FRESH_MS = 60_000
const MAX_KEPT = 500
/** The service takes as many at once. */
const MOST_EVENTS = 200
const MOST_GONE = 1000
/** PeerTube writes its view counters every half hour, and the service waits for them. */
const AGAIN_MS = 30 * 60_000
const MAX_LATER = 10_000

export class Recommending {
  readonly outbox: Outbox<Event, number>
  /** UUIDs of videos that have left. */
  readonly departures: Outbox<string, null>
  readonly table: NeighbourTable
  readonly #service: Service
  readonly #kept = new Map<string, { uuids: string[]; until_ms: number }>()
  #later: Event[] = []

  constructor(service: Service, rhythm: Rhythm, onDropped: (count: number) => void) {
    this.#service = service
    this.table = new NeighbourTable(service)
    this.outbox = new Outbox({
      store: (batch) => this.#store(batch),
      most: MOST_EVENTS,
      onDropped,
      rhythm,
    })
    this.departures = new Outbox({
      store: ({ items }) => service.store('videos/gone', { videos: items }),
      most: MOST_GONE,
      // The service finds out by itself, when it next looks at PeerTube.
      onDropped: () => undefined,
      rhythm: { ...rhythm, gather_s: 0 },
    })
  }

  tryAgain(): void {
    this.outbox.tryAgain()
    this.departures.tryAgain()
  }

  async close(): Promise<void> {
    await Promise.all([this.outbox.close(), this.departures.close()])
  }

  take(events: Event[]): void {
    this.outbox.add(events, EPSILON)
  }

  /** UUIDs, best first; none when the service is slow or away. */
  async list(asked: URLSearchParams): Promise<string[]> {
    const key = asked.toString()
    const kept = this.#kept.get(key)
    if (kept && performance.now() < kept.until_ms) return kept.uuids
    const path = 'recommendations/videos'
    const said = await this.#service.promptly(path, asked, PATIENCE_MS, isListed)
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

  async #store({ batch, terms, items }: Batch<Event, number>): Promise<Verdict> {
    const verdict = await this.#service.store('events', { batch, epsilon: terms, events: items })
    if (verdict.kind === 'stored') this.#tryAgain(items, verdict.said)
    return verdict
  }

  /** Whatever the service wants to be told of later; what is a day old it refuses for good. */
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
      this.take(later.slice(at, at + MOST_EVENTS))
    }
  }
}

const isListed = (said: unknown): said is { data: { uuid: string }[] } =>
  isRecord(said) &&
  Array.isArray(said['data']) &&
  said['data'].every((video) => isRecord(video) && typeof video['uuid'] === 'string')
