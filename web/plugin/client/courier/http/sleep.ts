/** Notes whether the page slept: then its timers were silent. */

const SLEPT_MS = 2000

export class Sleep {
  slept = false
  #lastTick_ms = performance.now()

  /** To be called by a timer, at least once a second, and at the end. */
  tick(): void {
    const now_ms = performance.now()
    this.slept ||= now_ms - this.#lastTick_ms > SLEPT_MS
    this.#lastTick_ms = now_ms
  }
}
