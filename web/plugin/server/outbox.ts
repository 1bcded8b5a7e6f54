/** The outbox: sends items to the service in batches, exactly once while this process lives. */
import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { StoreResult } from './service.ts'

/**
 * A batch is stored as a whole or not at all; its name makes sending the batch again idempotent.
 */
export interface Batch<Item, Terms> {
  batch: string
  terms: Terms
  items: Item[]
}

export interface BatchTiming {
  /** How long an item waits for more items. */
  gather_s: number
  /** Exponential backoff: the first pause, doubled after each failure up to `longestPause_s`. */
  firstPause_s: number
  longestPause_s: number
}

export const BATCH_TIMING: BatchTiming = { gather_s: 10, firstPause_s: 5, longestPause_s: 300 }

/**
 * Most items that wait, some 3 MB: more than an hour without the service, at two viewers a second.
 */
const MAX_WAITING = 10_000
/** Timeout of the last sending, for which PeerTube waits. */
const LAST_CALL_MS = 2000

interface Options<Item, Terms> {
  store: (batch: Batch<Item, Terms>) => Promise<StoreResult>
  /** Most items in a batch. */
  most: number
  /** Called with the number of items that are lost. */
  onDropped: (count: number) => void
  timing: BatchTiming
}

export class Outbox<Item, Terms> {
  readonly #options: Options<Item, Terms>
  /**
   * Closed batches, oldest first. No item is added, because a batch that was tried may be stored
   * already.
   */
  readonly #sealed: Batch<Item, Terms>[] = []
  #open: { terms: Terms; items: Item[] } | null = null
  #timer: NodeJS.Timeout | null = null
  #sending: Promise<void> | null = null
  #failures = 0
  #closed = false

  constructor(options: Options<Item, Terms>) {
    this.#options = options
  }

  /** Number of items that have not been stored yet. */
  get waiting(): number {
    const sealed = this.#sealed.reduce((sum, { items }) => sum + items.length, 0)
    return sealed + (this.#open?.items.length ?? 0)
  }

  /** Adds items that were made on these terms; false when the outbox is full or closed. */
  add(items: Item[], terms: Terms): boolean {
    if (this.#closed || this.waiting + items.length > MAX_WAITING) return false
    const full = (this.#open?.items.length ?? 0) + items.length > this.#options.most
    if (full || !isDeepStrictEqual(this.#open?.terms, terms)) this.#seal()
    this.#open ??= { terms, items: [] }
    this.#open.items.push(...items)
    if (!this.#timer && !this.#sending) this.#wakeIn(this.#options.timing.gather_s)
    return true
  }

  /** Sends at once: the service may be at another address now. */
  tryAgain(): void {
    this.#failures = 0
    void this.#send()
  }

  /** Sends the waiting items within `LAST_CALL_MS`; the rest is lost. */
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
      const result = await this.#options.store(batch)
      if (result.kind === 'later') {
        this.#wakeIn(Math.max(result.wait_s, this.#nextPause_s()))
        return
      }
      this.#failures = 0
      this.#sealed.shift()
      if (result.kind === 'refused') this.#sealed.unshift(...this.#halves(batch))
    }
    if (this.#open) this.#wakeIn(this.#options.timing.gather_s)
  }

  #nextPause_s(): number {
    const { firstPause_s, longestPause_s } = this.#options.timing
    return Math.min(firstPause_s * 2 ** this.#failures++, longestPause_s)
  }

  /** Splits a refused batch, so that one bad item does not cost the others. */
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
    // Waiting items do not keep the process alive.
    this.#timer.unref()
  }
}
