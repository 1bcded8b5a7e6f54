/** What the player has been through with one video; it listens from the first segment on. */
import type { Events, LoadEvent } from '../courier/events.ts'
import type { Clause, Host } from '../../messages.ts'
import { cameFromCache } from '../courier/traffic.ts'
import { SegmentStory } from './segment-story.ts'

/** As many as a sparkline can show. */
const READINGS = 40
/** Below this a rate says more of TCP's slow start than of the host. */
const LEAST_BYTES = 20_000
/** The loader fetches two segments at a time; what is older was given up. */
const MOST_STORIES = 16

export interface HostHistory {
  /** The latest readings, oldest first. */
  ttfb_s: number[]
  rate_mbps: number[]
  /** Segments it has brought; of one from several hosts each has its share. */
  served: number
}

export class History {
  /** The origin comes first. */
  readonly hosts = new Map<Host, HostHistory>()
  readonly counters: Events['counters']
  /** Why the last choice was made. */
  lastChoice: Clause[] = []
  /** Segments that came in time, and without another host's help would not have. */
  stallsAvoided = 0
  readonly #stories = new Map<number, SegmentStory>()

  constructor(events: Events) {
    this.counters = events.counters
    events.on((event) => this.#hear(event))
  }

  get served(): number {
    return [...this.hosts.values()].reduce((sum, { served }) => sum + served, 0)
  }

  /** Drops what was measured; the counts of this video are nobody's memory. */
  forget(): void {
    for (const name of this.hosts.keys()) this.hosts.set(name, nothingYet())
    this.lastChoice = []
  }

  #hear(event: LoadEvent): void {
    const story = this.#stories.get(event.segment.id)
    if (event.type === 'planned') this.#begin(event)
    else if (event.type === 'fetched') {
      this.#read(event)
      story?.fetched(event)
    } else if (event.type === 'finished') {
      this.#stories.delete(event.segment.id)
      if (story && event.error === null) this.#finish(story, event.total_s)
    }
  }

  #begin({ segment, request, plan }: Extract<LoadEvent, { type: 'planned' }>): void {
    for (const host of request.hosts) this.#host(host)
    this.lastChoice = plan.why
    this.#stories.set(segment.id, new SegmentStory(segment, request, plan))
    const [oldest] = this.#stories.keys()
    if (this.#stories.size > MOST_STORIES && oldest !== undefined) this.#stories.delete(oldest)
  }

  #read({ host, ttfb_s, total_s, bytes }: Extract<LoadEvent, { type: 'fetched' }>): void {
    if (ttfb_s === null || cameFromCache(ttfb_s, bytes, total_s)) return
    const known = this.#host(host)
    keep(known.ttfb_s, ttfb_s)
    if (bytes >= LEAST_BYTES && total_s > ttfb_s) {
      keep(known.rate_mbps, (8e-6 * bytes) / (total_s - ttfb_s))
    }
  }

  #finish(story: SegmentStory, total_s: number): void {
    for (const [host, share] of story.shares()) this.#host(host).served += share
    if (story.wasSaved(total_s)) this.stallsAvoided += 1
  }

  #host(name: Host): HostHistory {
    const known = this.hosts.get(name) ?? nothingYet()
    this.hosts.set(name, known)
    return known
  }
}

function nothingYet(): HostHistory {
  return { ttfb_s: [], rate_mbps: [], served: 0 }
}

function keep(readings: number[], reading: number): void {
  readings.push(reading)
  if (readings.length > READINGS) readings.shift()
}
