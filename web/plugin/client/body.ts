/**
 * The bytes of one segment on their way to the player.
 *
 * Bytes are passed on as they arrive, because the player's estimate of the bandwidth is bytes
 * over arrival times: a segment held back and released at once would look infinitely fast. Yet
 * no byte may reach the decoder before the segment's sha256 is checked. Both hold, because the
 * loader only keeps *references* to the chunks and joins them when the stream has closed: until
 * then the chunks are still ours, and wrong bytes can be overwritten in place. The last chunk
 * waits for the verdict, so that the loader never owns a whole segment that is not known to be
 * right, and so that a closing stream always ends on bytes that have just come.
 */
import type { Attempt } from './attempt.ts'

/** A run of bytes that one fetch delivered. */
interface Part {
  attempt: Attempt
  first: number
  bytes: number
}

export class SegmentBody {
  /** Length of the whole segment, once it is known. */
  size: number | null
  /** False when the segment's head went to the loader without us: then nothing can be checked. */
  readonly whole: boolean
  readonly #chunks: Uint8Array[] = []
  #parts: Part[] = []
  #received: number
  #tail: Uint8Array | null = null
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

  /**
   * Goes back to byte `from`; false when that is no place between two chunks. A loader whose
   * request has failed keeps the chunks it has read and asks for the rest: its chunks stay part
   * of this body, so that the whole can still be checked, and mended.
   */
  resume(from: number): boolean {
    while (this.#received > from) this.#received -= this.#chunks.pop()?.length ?? Infinity
    this.#parts = this.#parts.filter((part) => part.first < from)
    const last = this.#parts.at(-1)
    if (last) last.bytes = from - last.first
    return this.#received === from
  }

  /** The stream of all that is pushed from now on. */
  stream(onCancel: () => void): ReadableStream<Uint8Array> {
    this.#tail = null
    return new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      cancel: onCancel,
    })
  }

  push(chunk: Uint8Array, attempt: Attempt): void {
    const part = this.#parts.at(-1)
    if (part?.attempt === attempt) part.bytes += chunk.length
    else this.#parts.push({ attempt, first: this.#received, bytes: chunk.length })
    this.#chunks.push(chunk)
    this.#received += chunk.length
    if (this.complete) this.#tail = chunk
    else this.#controller?.enqueue(chunk)
  }

  close(): void {
    if (this.#tail) this.#controller?.enqueue(this.#tail)
    this.#controller?.close()
    this.#controller = null
  }

  fail(reason: unknown): void {
    this.#controller?.error(reason)
    this.#controller = null
  }

  /** A copy of everything received. */
  bytes(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.#received)
    let offset = 0
    for (const chunk of this.#chunks) {
      whole.set(chunk, offset)
      offset += chunk.length
    }
    return whole
  }

  /** The fetches that delivered the bytes. */
  get attempts(): Attempt[] {
    return this.#parts.map((part) => part.attempt)
  }

  /** Puts the right bytes into the chunks; returns the fetches that had delivered wrong ones. */
  mend(right: Uint8Array): Attempt[] {
    const wrong = this.bytes()
    let offset = 0
    for (const chunk of this.#chunks) {
      chunk.set(right.subarray(offset, offset + chunk.length))
      offset += chunk.length
    }
    return this.#parts
      .filter(({ first, bytes }) => !equal(wrong, right, first, first + bytes))
      .map((part) => part.attempt)
  }
}

function equal(a: Uint8Array, b: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (a[i] !== b[i]) return false
  return true
}
