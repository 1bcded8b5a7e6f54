/** Counters of the current day (UTC), in memory: reports, lost reports and engine failures. */

export interface Counts {
  /** Reports accepted from players. */
  reports: number
  /** Accepted reports that were lost: the service was away for too long, or refused them. */
  dropped: number
  /** Engine failures; their players went on with the fallback. */
  engineFailures: number
}

const NONE: Counts = { reports: 0, dropped: 0, engineFailures: 0 }

export class DailyCounters {
  #day = today()
  #counts = { ...NONE }
  /** When today's counting began. */
  #since = new Date()

  add(what: keyof Counts, count: number): void {
    this.#turn()
    this.#counts[what] += count
  }

  get counts(): Counts & { since: string } {
    this.#turn()
    return { ...this.#counts, since: this.#since.toISOString() }
  }

  #turn(): void {
    if (today() === this.#day) return
    this.#day = today()
    this.#since = new Date(this.#day)
    this.#counts = { ...NONE }
  }
}

export const today = (offset_days = 0) =>
  new Date(Date.now() + offset_days * 86_400_000).toISOString().slice(0, 10)
