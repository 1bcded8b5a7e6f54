/** Passes what players tell to the service in batches, each exactly once while this process lives. */
import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Verdict } from './service.ts'

/** What the service stores as a whole or not at all; it knows a batch again by its name. */
export interface Batch<Item, Terms> {
  batch: string
  terms: Terms
  items: Item[]
}

export interface Rhythm {
  /** An item waits so long for others. */
  gather_s: number
  /** After the first failure; doubled after each further one, up to `longestPause_s`. */
  firstPause_s: number
  longestPause_s: number
}

export const RHYTHM: Rhythm = { gather_s: 10, firstPause_s: 5, longestPause_s: 300 }

/** 3 MB; an hour and more of a service being away, at two viewers a second. */
const MAX_WAITING = 10_000
/** At the end PeerTube waits for us. */
const LAST_CALL_MS = 2000

interface Options<Item, Terms> {
  store: (batch: Batch<Item, Terms>) => Promise<Verdict>
  /** Items that the service takes at once. */
  most: number
  /** Hears of items that are lost. */
  onDropped: (count: number) => void
  rhythm: Rhythm
}

export class Outbox<Item, Terms> {
  readonly #options: Options<Item, Terms>
  /** Named and closed, oldest first: what was tried may be stored already, so it stays as it is. */
  readonly #sealed: Batch<Item, Terms>[] = []
  #open: { terms: Terms; items: Item[] } | null = null
  #timer: NodeJS.Timeout | null = null
  #sending: Promise<void> | null = null
  #failures = 0
  #closed = false

  constructor(options: Options<Item, Terms>) {
    this.#options = options
  }

  /** How many items have not been passed on yet. */
  get waiting(): number {
    const sealed = this.#sealed.reduce((sum, { items }) => sum + items.length, 0)
    return sealed + (this.#open?.items.length ?? 0)
  }

  /** Takes items that were made on these terms; loses them when there is no room. */
  add(items: Item[], terms: Terms): void {
    if (this.#closed || this.waiting + items.length > MAX_WAITING) {
      this.#options.onDropped(items.length)
      return
    }
    const full = (this.#open?.items.length ?? 0) + items.length > this.#options.most
    if (full || !isDeepStrictEqual(this.#open?.terms, terms)) this.#seal()
    this.#open ??= { terms, items: [] }
    this.#open.items.push(...items)
    if (!this.#timer && !this.#sending) this.#wakeIn(this.#options.rhythm.gather_s)
  }

  /** Sends what waits at once: the service may be at another address now. */
  tryAgain(): void {
    this.#failures = 0
    void this.#send()
  }

  /** Sends what waits, if that can be done quickly; the rest is lost. */
  async close(): Promise<void> {
    this.#closed = true
    const patience = setTimeout(LAST_CALL_MS, undefined, { ref: false })
    await Promise.race([this.#send(), patience])
    if (this.waiting > 0) this.#options.onDropped(this.waiting)
  }

  #seal(): void {
    if (this.#open) this.#sealed.push({ batch: randomUUID(), ...this.#open })
    this.#open = null
  }

  #send(): Promise<void> {
    clearTimeout(this.#timer ?? undefined)
    this.#timer = null
    this.#sending ??= this.#sendAll().finally(() => (this.#sending = null))
    return this.#sending
  }

  async #sendAll(): Promise<void> {
    this.#seal()
    for (let batch = this.#sealed[0]; batch; batch = this.#sealed[0]) {
      const verdict = await this.#options.store(batch)
      if (verdict.kind === 'later') {
        this.#wakeIn(Math.max(verdict.wait_s, this.#nextPause_s()))
        return
      }
      this.#failures = 0
      this.#sealed.shift()
      if (verdict.kind === 'refused') this.#sealed.unshift(...this.#halves(batch))
    }
    if (this.#open) this.#wakeIn(this.#options.rhythm.gather_s)
  }

  #nextPause_s(): number {
    const { firstPause_s, longestPause_s } = this.#options.rhythm
    return Math.min(firstPause_s * 2 ** this.#failures++, longestPause_s)
  }

  /** One item that the service refuses must not cost the others. */
  #halves({ terms, items }: Batch<Item, Terms>): Batch<Item, Terms>[] {
    if (items.length === 1) {
      this.#options.onDropped(1)
      return []
    }
    const middle = Math.ceil(items.length / 2)
    return [items.slice(0, middle), items.slice(middle)].map((half) => ({
      batch: randomUUID(),
      terms,
      items: half,
    }))
  }

  #wakeIn(pause_s: number): void {
    if (this.#closed) return
    this.#timer = globalThis.setTimeout(() => void this.#send(), pause_s * 1000)
    // Items that wait keep no process alive.
    this.#timer.unref()
  }
}
