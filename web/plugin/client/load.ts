/** All that belongs to one loading of one video into a player. */
import { Events, type SegmentRef } from './events.ts'
import type { Mirror } from './hosts.ts'
import { fileName } from './hosts.ts'
import type { ByteRange, HashList } from './integrity.ts'
import { SegmentBody } from './body.ts'
import { PlayerView } from './player.ts'

/** The loader fetches two segments at a time; the rest is room for those that are retried. */
const MAX_RECORDS = 8

/** What is known of one segment until its bytes have been handed over for good. */
export interface SegmentRecord {
  /** The player's own tries so far. */
  tries: number
  /** What the loader holds of it while it has not got it all. */
  body: SegmentBody | null
  /**
   * `proven`: the very bytes that were handed over have the right digest. `origin`: there is no
   * digest, and all bytes came from where the digests would have come from.
   */
  verdict: 'proven' | 'origin' | null
}

export class Load {
  readonly events = new Events()
  readonly view = new PlayerView()
  readonly mirrors: readonly Mirror[]
  readonly hashes: HashList
  readonly #records = new Map<string, SegmentRecord>()
  #segments = 0

  constructor(mirrors: readonly Mirror[], hashes: HashList) {
    this.mirrors = mirrors
    this.hashes = hashes
  }

  nextSegment(file: string, first: number, last: number | null): SegmentRef {
    return { id: ++this.#segments, file, first, last }
  }

  record(url: string, range: ByteRange | undefined): SegmentRecord {
    const key = `${fileName(url)} ${range?.start ?? ''}-${range?.end ?? ''}`
    const record = this.#records.get(key) ?? { tries: 0, body: null, verdict: null }
    this.#records.delete(key)
    this.#records.set(key, record)
    const [oldest] = this.#records.keys()
    if (this.#records.size > MAX_RECORDS && oldest !== undefined) this.#records.delete(oldest)
    return record
  }
}
