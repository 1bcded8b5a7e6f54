/**
 * The bytes of one segment on their way to the player, and who brought which of them.
 *
 * Bytes are passed on as they arrive, because the player's estimate of the bandwidth is bytes
 * over arrival times: a segment held back until it is checked, and released at once, would look
 * infinitely fast. They are checked when the loader has joined them, before hls.js sees any.
 */
import type { Attempt } from './attempt.ts'

/** A run of bytes that one fetch has brought; `first` counts from the segment's start. */
interface Part {
  attempt: Attempt
  first: number
  bytes: number
}

export class SegmentBody {
  /** Length of the whole segment, once it is known. */
  size: number | null
  /** False when the segment's head came to the loader without us. */
  readonly whole: boolean
  #parts: Part[] = []
  #received: number
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null

  constructor(size: number | null, from: number) {
    this.size = size
    this.whole = from === 0
    this.#received = from
  }

  /** How much of the segment has come, counted from its start. */
  get received(): number {
    return this.#received
  }

  get complete(): boolean {
    return this.#received === this.size
  }

  /** The fetches that have brought the bytes. */
  get attempts(): Attempt[] {
    return this.#parts.map((part) => part.attempt)
  }

  /**
   * Goes back to byte `from`; false when that never came. A loader whose request has failed
   * keeps the chunks it has read and asks for the rest.
   */
  resume(from: number): boolean {
    if (from > this.#received) return false
    this.#received = from
    this.#parts = this.#parts.filter((part) => part.first < from)
    const last = this.#parts.at(-1)
    if (last) last.bytes = from - last.first
    return true
  }

  /** The stream of all that is pushed from now on. */
  stream(onCancel: () => void): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      cancel: onCancel,
    })
  }

  push(chunk: Uint8Array, attempt: Attempt): void {
    const part = this.#parts.at(-1)
    if (part?.attempt === attempt) part.bytes += chunk.length
    else this.#parts.push({ attempt, first: this.#received, bytes: chunk.length })
    this.#received += chunk.length
    this.#controller?.enqueue(chunk)
  }

  close(): void {
    this.#controller?.close()
  }

  fail(reason: unknown): void {
    this.#controller?.error(reason)
  }

  /** The fetches whose bytes in `joined` are not the right ones. */
  wrongIn(joined: Uint8Array, right: Uint8Array): Attempt[] {
    const differs = ({ first, bytes }: Part): boolean => {
      for (let i = first; i < first + bytes; i++) if (joined[i] !== right[i]) return true
      return false
    }
    return this.#parts.filter(differs).map((part) => part.attempt)
  }
}
