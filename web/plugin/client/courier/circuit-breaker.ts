/** A circuit breaker: after three failures of our own code, nothing of ours is done on this page. */

/** One or two failures may be the video's fault; a third one is ours. */
const MOST_FAILURES = 3

export class CircuitBreaker {
  /** Resolves when it opens: it stays open until the page is loaded anew. */
  readonly opened: Promise<void>
  #open!: () => void
  #isOpen = false
  #failures = 0

  constructor() {
    this.opened = new Promise((resolve) => (this.#open = resolve))
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  trip(): void {
    this.#isOpen = true
    this.#open()
  }

  /** Counts an exception of our own code. */
  failed(error: unknown): void {
    console.error('mirrorwise:', error)
    this.#failures += 1
    if (this.#failures === MOST_FAILURES) this.trip()
  }

  /** The result of `ours`; that of `theirs` (PeerTube's own) when ours throws or the breaker is open. */
  async guard<T>(ours: () => T | Promise<T>, theirs: () => T | Promise<T>): Promise<T> {
    if (this.#isOpen) return theirs()
    try {
      return await ours()
    } catch (error) {
      this.failed(error)
      return theirs()
    }
  }
}
