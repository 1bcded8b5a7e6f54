/**
 * The bytes of one segment as they are streamed to the player, and the fetch behind each chunk.
 *
 * Bytes are passed on as they arrive, because the player estimates bandwidth from arrival times: a
 * segment that is held back until it is validated, and then released at once, would look infinitely
 * fast. The same holds for the later parts of a split segment. Measured: with these parts held back
 * until the first part was complete, the loader estimated 2.4 Mbit/s from two hosts of .8 Mbit/s,
 * and 2.8 from four of .4. With all bytes passed on at once, it estimated 1.5, the same as from one
 * host of 1.6. The loader joins the bytes; then they are put in order and validated, before hls.js
 * sees them.
 */
import type { Attempt } from './http/attempt.ts'
import { WrongBytes } from './wrong-bytes.ts'

/** A half-open byte range of a segment, counted from its start; `end` is null for "to its end". */
export interface Run {
  first: number
  end: number | null
}

/** One chunk of bytes from one fetch; `first` counts from the segment's start. */
interface Piece {
  /** Null for bytes of PeerTube's own request, which replaces ours after an exception. */
  attempt: Attempt | null
  first: number
  bytes: Uint8Array
}

export class SegmentBody {
  /** Length of the whole segment, once it is known. */
  size: number | null
  /** Number of bytes at the start that the loader had before this body began. */
  readonly #head: number
  /** The chunks in the order in which the loader got them. */
  #pieces: Piece[] = []
  #received: number
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null

  constructor(size: number | null, from: number) {
    this.size = size
    this.#head = from
    this.#received = from
  }

  /** How many bytes of the segment the loader has. */
  get received(): number {
    return this.#received
  }

  /** Whether the whole segment, of this length, came through this body. */
  brought(length: number): boolean {
    return this.#head === 0 && this.#received === length
  }

  /** The fetches that delivered bytes. */
  get attempts(): Set<Attempt> {
    return new Set(this.#pieces.flatMap(({ attempt }) => attempt ?? []))
  }

  /** The byte ranges that are still missing, in order. */
  get missing(): Run[] {
    const runs: Run[] = []
    let end = this.#head
    for (const { first, bytes } of [...this.#pieces].sort((a, b) => a.first - b.first)) {
      if (first > end) runs.push({ first: end, end: first })
      end = first + bytes.length
    }
    if (end !== this.size) runs.push({ first: end, end: this.size })
    return runs
  }

  /**
   * Truncates to the first `count` bytes that the loader got; false when this body did not deliver
   * that many. After a failed request the loader keeps the chunks that it has read, and asks for
   * the rest.
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

  /** The stream of all bytes that are pushed from now on. */
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

  /** Pushes the bytes of this chunk that are still missing. */
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

  /** The loader got the bytes in another order than that of the segment. */
  get outOfOrder(): boolean {
    let end = this.#head
    return !this.#pieces.every(({ first, bytes }) => {
      const follows = first === end
      end = first + bytes.length
      return follows
    })
  }

  /** Puts our bytes in the segment's order; the loader has joined them in the order of arrival. */
  reorder(joined: Uint8Array): void {
    if (this.outOfOrder) for (const { first, bytes } of this.#pieces) joined.set(bytes, first)
  }

  /** The fetches whose bytes in `joined` differ from the `right` bytes. */
  wrongIn(joined: Uint8Array, right: Uint8Array): Map<Attempt, WrongBytes> {
    const found = new Map<Attempt, WrongBytes>()
    for (const { attempt, first, bytes } of this.#pieces) {
      if (!attempt) continue
      const wrong = found.get(attempt) ?? new WrongBytes()
      found.set(attempt, wrong.add(joined, right, first, first + bytes.length))
    }
    return new Map([...found].filter(([, wrong]) => wrong.some))
  }

  #note(piece: Piece): void {
    this.#pieces.push(piece)
    this.#received += piece.bytes.length
  }
}
