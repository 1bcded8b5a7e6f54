/** A circuit breaker: after three exceptions in our own code, PeerTube plays on without us. */

/** One or two exceptions may be the video's fault; a third one is a defect of ours. */
const MOST_FAILURES = 3

export class CircuitBreaker {
  /** Resolves when the breaker opens; the breaker stays open until the page is reloaded. */
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

  /**
   * Returns the result of `ours`, or of PeerTube's own code, `theirs`, when `ours` throws or the
   * breaker is open.
   */
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
