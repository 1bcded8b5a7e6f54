/**
 * The bytes of one segment on their way to the player, and who brought which of them.
 *
 * Bytes are passed on as they arrive, because the player's estimate of the bandwidth is bytes
 * over arrival times: a segment held back until it is checked, and released at once, would look
 * infinitely fast. So would the later parts of a split segment, if they were held back until
 * the first is complete: the loader then believed in 2.4 Mbit/s from two hosts of .8 Mbit/s and in
 * 2.8 from four of .4, but in 1.5 when it got their bytes as they came, as from one host of 1.6.
 * They are checked, and put in order, when the loader has joined them, before hls.js sees any.
 */
import type { Attempt } from './attempt.ts'

/** Bytes of a segment, counted from its start; `end` is null for "to its end, wherever that is". */
export interface Run {
  first: number
  end: number | null
}

/** What one fetch has brought at once; `first` counts from the segment's start. */
interface Piece {
  /** Null for what PeerTube's own way of fetching has brought. */
  attempt: Attempt | null
  first: number
  bytes: Uint8Array
}

export class SegmentBody {
  /** Length of the whole segment, once it is known. */
  size: number | null
  /** How much of its head came to the loader without us. */
  readonly #head: number
  /** In the order in which the loader got them. */
  #pieces: Piece[] = []
  #received: number
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null

  constructor(size: number | null, from: number) {
    this.size = size
    this.#head = from
    this.#received = from
  }

  /** How much of the segment the loader has. */
  get received(): number {
    return this.#received
  }

  /** Whether we have brought all of a segment of this length. */
  brought(length: number): boolean {
    return this.#head === 0 && this.#received === length
  }

  /** The fetches that have brought the bytes. */
  get attempts(): Set<Attempt> {
    return new Set(this.#pieces.flatMap(({ attempt }) => attempt ?? []))
  }

  /** What is still to come, in order. */
  get missing(): Run[] {
    const runs: Run[] = []
    let end = this.#head
    for (const { first, bytes } of this.#pieces.toSorted((a, b) => a.first - b.first)) {
      if (first > end) runs.push({ first: end, end: first })
      end = first + bytes.length
    }
    if (end !== this.size) runs.push({ first: end, end: this.size })
    return runs
  }

  /**
   * Goes back to when the loader had `count` bytes; false when it never had so many from us. A
   * loader whose request has failed keeps the chunks it has read and asks for as many as lack.
   */
  resume(count: number): boolean {
    if (count > this.#received || count < this.#head) return false
    const pieces = this.#pieces
    this.#pieces = []
    this.#received = this.#head
    for (const { attempt, first, bytes } of pieces) {
      const kept = bytes.subarray(0, count - this.#received)
      if (kept.length > 0) this.#note({ attempt, first, bytes: kept })
    }
    return true
  }

  /** The stream of all that is pushed from now on. */
  stream(onCancel: () => void): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      cancel: onCancel,
    })
  }

  push(bytes: Uint8Array, attempt: Attempt | null, first: number): void {
    this.#note({ attempt, first, bytes })
    this.#controller?.enqueue(bytes)
  }

  /** Takes of these bytes what is missing. */
  fill(bytes: Uint8Array, first: number): void {
    for (const run of this.missing) {
      const from = Math.max(run.first, first)
      const to = Math.min(run.end ?? Infinity, first + bytes.length)
      if (from < to) this.push(bytes.subarray(from - first, to - first), null, from)
    }
  }

  close(): void {
    this.#controller?.close()
  }

  fail(reason: unknown): void {
    this.#controller?.error(reason)
  }

  /** Bytes did not come in their order. */
  get scattered(): boolean {
    let end = this.#head
    return !this.#pieces.every(({ first, bytes }) => {
      const follows = first === end
      end = first + bytes.length
      return follows
    })
  }

  /** Puts what we have brought where it belongs; the loader has joined it as it came. */
  arrange(joined: Uint8Array): void {
    if (this.scattered) for (const { first, bytes } of this.#pieces) joined.set(bytes, first)
  }

  /** The fetches whose bytes in `joined` are not the right ones. */
  wrongIn(joined: Uint8Array, right: Uint8Array): Attempt[] {
    const differs = ({ first, bytes }: Piece): boolean => {
      for (let i = first; i < first + bytes.length; i++) if (joined[i] !== right[i]) return true
      return false
    }
    return this.#pieces.filter(differs).flatMap(({ attempt }) => attempt ?? [])
  }

  #note(piece: Piece): void {
    this.#pieces.push(piece)
    this.#received += piece.bytes.length
  }
}
