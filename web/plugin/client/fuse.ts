/** Ends our part in this page before it can do more harm. */

/** Once or twice it may be the video's fault; the third time it is ours. */
const MOST_FAILURES = 3

export class Fuse {
  /** Resolves when nothing of ours is to be done any more on this page. */
  readonly blows: Promise<void>
  #blow!: () => void
  #blown = false
  #failures = 0

  constructor() {
    this.blows = new Promise((resolve) => (this.#blow = resolve))
  }

  get blown(): boolean {
    return this.#blown
  }

  blow(): void {
    this.#blown = true
    this.#blow()
  }

  /** Notes that something of ours threw, which must never happen. */
  failed(error: unknown): void {
    console.error('mirrorwise:', error)
    this.#failures += 1
    if (this.#failures === MOST_FAILURES) this.blow()
  }

  /** What ours brings; what PeerTube's brings when ours throws, or is not wanted any more. */
  async guard<T>(ours: () => T | Promise<T>, theirs: () => T | Promise<T>): Promise<T> {
    if (this.#blown) return theirs()
    try {
      return await ours()
    } catch (error) {
      this.failed(error)
      return theirs()
    }
  }
}
