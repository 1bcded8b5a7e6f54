/**
 * Admission control for uploads: a few at once, and no more than the viewer's rate limit.
 *
 * An uplink that is shared by many uploads finishes none of them in time. So a peer whose turn it is
 * not hears that the segment is absent, and asks another peer, or again when it is announced anew.
 */
import type { Records } from '../planner/records.ts'

/** An upload; the loader tells whose it is with its first bytes only. */
interface Grant {
  peer: string | null
  left: number
  heard_ms: number
}

/** An upload without progress is over: its peer has gone, has enough, or asks for the rest only. */
const SILENT_MS = 1500
/** A timer of more than 24 days would end at once. */
const LONGEST_WAIT_MS = 60_000
const NAME = 'live-uploads'
/** Above this nobody needs a limit. */
const MOST_BPS = 1e9

export class Uploads {
  slots = 2
  /** Called when a peer may be served that was refused before. */
  onFree: () => void = () => undefined
  readonly #records: Records
  readonly #now_ms: () => number
  #limit_bps: number | null
  #grants: Grant[] = []
  #refused = false
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Bytes that may be sent now (token bucket); less than none after an upload has begun. */
  #credit = 0
  #creditAt_ms: number

  constructor(records: Records, now_ms = (): number => performance.now()) {
    this.#records = records
    this.#now_ms = now_ms
    this.#creditAt_ms = now_ms()
    this.#limit_bps = readLimit(records.get(NAME))
  }

  /** In bit/s; null for no limit. */
  get limit_bps(): number | null {
    return this.#limit_bps
  }

  /** Holds from the next upload on, and on later visits; those that run are finished. */
  limit(bitsPerSecond: number | null): void {
    if (bitsPerSecond !== null && !(bitsPerSecond >= 0))
      throw new RangeError('uploads: a number of bits per second, or null for no limit')
    this.#limit_bps = bitsPerSecond === null ? null : Math.min(bitsPerSecond, MOST_BPS)
    this.#credit = Math.min(this.#credit, 0)
    this.#creditAt_ms = this.#now_ms()
    this.#records.put(NAME, { limit_bps: this.#limit_bps })
    this.#look()
  }

  /** How many run. */
  get running(): number {
    this.#expire()
    return this.#grants.length
  }

  /** Whether a peer may have a segment of so many bytes; if so, its upload begins at once. */
  admit(bytes: number): boolean {
    this.#expire()
    if (this.#isFull) {
      this.#refused = true
      this.#look()
      return false
    }
    this.#grants.push({ peer: null, left: bytes, heard_ms: this.#now_ms() })
    this.#credit -= bytes
    return true
  }

  /** So many bytes have been handed to the connection with a peer. */
  sent(bytes: number, peer: string): void {
    const grant =
      this.#grants.find((grant) => grant.peer === peer) ??
      this.#grants.find((grant) => grant.peer === null)
    if (!grant) return
    Object.assign(grant, { peer, left: grant.left - bytes, heard_ms: this.#now_ms() })
    if (grant.left > 0) return
    this.#end(grant)
    this.#look()
  }

  closed(peer: string): void {
    for (const grant of this.#grants.filter((grant) => grant.peer === peer)) this.#end(grant)
    this.#look()
  }

  destroy(): void {
    clearTimeout(this.#timer)
    this.onFree = () => undefined
  }

  get #isFull(): boolean {
    return this.#grants.length >= this.slots || this.#limit_bps === 0 || this.#owed_s > 0
  }

  /** How long the limit forbids another upload. */
  get #owed_s(): number {
    if (!this.#limit_bps) return 0
    const now_ms = this.#now_ms()
    const gained = ((now_ms - this.#creditAt_ms) / 1000) * (this.#limit_bps / 8)
    // Nothing is saved up, so that a pause does not lead to a burst.
    this.#credit = Math.min(0, this.#credit + gained)
    this.#creditAt_ms = now_ms
    return -this.#credit / (this.#limit_bps / 8)
  }

  #expire(): void {
    const silent_ms = this.#now_ms() - SILENT_MS
    for (const grant of this.#grants.filter(({ heard_ms }) => heard_ms <= silent_ms))
      this.#end(grant)
  }

  #end(grant: Grant): void {
    this.#credit += Math.max(0, grant.left)
    this.#grants = this.#grants.filter((other) => other !== grant)
  }

  /** Tells of a free slot now, or looks again when the next one may be free. */
  #look(): void {
    clearTimeout(this.#timer)
    this.#expire()
    if (!this.#refused) return
    if (!this.#isFull) {
      this.#refused = false
      this.onFree()
    } else if (this.#limit_bps !== 0) {
      const wait_ms = Math.min(Math.max(SILENT_MS, this.#owed_s * 1000), LONGEST_WAIT_MS)
      this.#timer = setTimeout(() => this.#look(), wait_ms)
    }
  }
}

function readLimit(record: unknown): number | null {
  const { limit_bps = null } = (record ?? {}) as { limit_bps?: unknown }
  return typeof limit_bps === 'number' && limit_bps >= 0 && limit_bps <= MOST_BPS ? limit_bps : null
}
