/** One segment: how it is referred to, and what is known of it until the player has it. */
import type { SegmentBody } from './body.ts'

/** `id` counts the player's requests of one load. */
export interface SegmentRef {
  id: number
  file: string
  /** First and last byte asked for; `last` is null when the file's length is not known. */
  first: number
  last: number | null
}

/** What the loader's other hooks need of the latest try to bring a segment. */
export interface LatestTry {
  /** The loader has got the bytes, but not in their order. */
  readonly scattered: boolean
  /** Whether this is the segment, as the loader has joined it; wrong bytes are replaced in it. */
  validate(joined: Uint8Array<ArrayBuffer>): Promise<boolean>
}

export interface SegmentRecord {
  /** Tries that have failed so far; a player that lost interest is none. */
  tries: number
  /** What the loader holds of it. */
  body: SegmentBody | null
  delivery: LatestTry | null
}
