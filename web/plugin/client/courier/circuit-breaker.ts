/** A circuit breaker: after three failures of our own code, nothing of ours is done on this page. */

/** Once or twice it may be the video's fault; the third time it is ours. */
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

  /** Notes that something of ours threw, which must never happen. */
  failed(error: unknown): void {
    console.error('mirrorwise:', error)
    this.#failures += 1
    if (this.#failures === MOST_FAILURES) this.trip()
  }

  /** What ours brings; what PeerTube's brings when ours throws, or is not wanted any more. */
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
