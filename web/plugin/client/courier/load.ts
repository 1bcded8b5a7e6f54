/** The state of one load: one video that is loaded into a player, with its mirrors and segments. */
import { Events, type SegmentRef } from './events.ts'
import type { Mirror } from './video/hosts.ts'
import { fileName } from './video/hosts.ts'
import type { Digests } from './video/integrity.ts'
import type { ByteRange } from './http/range.ts'
import { Playback } from './video/playback.ts'
import type { LatestTry, SegmentRecord } from './segment.ts'

/** The loader fetches two segments at a time; the other records are of segments that it retries. */
const MAX_RECORDS = 8

export class Load {
  readonly events = new Events()
  readonly view = new Playback()
  readonly mirrors: readonly Mirror[]
  readonly hashes: Digests
  /** Whether the video is public, so that noised reports may count its fetches. */
  readonly isPublic: boolean
  readonly #records = new Map<string, SegmentRecord>()
  #segments = 0

  constructor(mirrors: readonly Mirror[], hashes: Digests, isPublic = false) {
    this.mirrors = mirrors
    this.hashes = hashes
    this.isPublic = isPublic
  }

  nextSegment(file: string, first: number, last: number | null): SegmentRef {
    return { id: ++this.#segments, file, first, last }
  }

  record(url: string, range: ByteRange | undefined): SegmentRecord {
    const key = keyOf(url, range)
    const record = this.#records.get(key) ?? { tries: 0, body: null, delivery: null }
    this.#records.delete(key)
    this.#records.set(key, record)
    const [oldest] = this.#records.keys()
    if (this.#records.size > MAX_RECORDS && oldest !== undefined) this.#records.delete(oldest)
    return record
  }

  /** The latest delivery of the segment; null when its record has been dropped. */
  deliveryOf(url: string, range: ByteRange | undefined): LatestTry | null {
    return this.#records.get(keyOf(url, range))?.delivery ?? null
  }

  forget(url: string, range: ByteRange | undefined): void {
    this.#records.delete(keyOf(url, range))
  }
}

function keyOf(url: string, range: ByteRange | undefined): string {
  return `${fileName(url)} ${range?.start ?? ''}-${range?.end ?? ''}`
}
