/**
 * A monotonic clock made of wall-clock times, as in `selector/bandit/clock.py`: when the wall clock
 * is set back, it stands still once. Otherwise whatever was seen a moment ago would stay so until
 * the wall clock has caught up.
 */

/** Messages of two fetches may arrive in the wrong order. */
const REORDER_S = 30

export class MonotonicClock {
  #wall_s: number | null = null
  #time_s = 0

  /** Moves on to the wall-clock time, and returns the time of this clock in s. */
  advance(now_s: number): number {
    const wall_s = (this.#wall_s ??= now_s)
    this.#time_s += Math.max(0, now_s - wall_s)
    if (now_s > wall_s || now_s < wall_s - REORDER_S) this.#wall_s = now_s
    return this.#time_s
  }
}
