/** What has been counted today, in UTC; it starts anew with PeerTube. */

export interface Counts {
  /** Taken from players. */
  reports: number
  /** Taken, and lost: the service was away for too long, or refused them. */
  dropped: number
  /** Players whose engine failed; they went on with the fallback. */
  engineFailures: number
}

const NONE: Counts = { reports: 0, dropped: 0, engineFailures: 0 }

export class Tally {
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
