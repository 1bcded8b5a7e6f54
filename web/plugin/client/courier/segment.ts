/** The record of one segment, kept until the player has the segment. */
import type { SegmentBody } from './body.ts'

/** The latest delivery of a segment, as the loader's other hooks need it. */
export interface LatestTry {
  /** The loader got the bytes in another order than that of the segment. */
  readonly outOfOrder: boolean
  /** Validates the segment that the loader has joined, and repairs wrong bytes in place. */
  validate(joined: Uint8Array<ArrayBuffer>): Promise<boolean>
}

export interface SegmentRecord {
  /** Failed tries so far, without tries that the player has aborted. */
  tries: number
  /** The bytes that the loader holds. */
  body: SegmentBody | null
  delivery: LatestTry | null
}
