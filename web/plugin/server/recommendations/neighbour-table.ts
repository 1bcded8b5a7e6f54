/** Caches the service's public table of similar videos, and serves it compressed to pages. */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Service } from '../service.ts'

/** The service updates the table once an hour at most. */
const FRESH_MS = 600_000
const PAUSE_MS = 30_000
/** 10,000 videos with twenty neighbours each take some 3 MB. */
const LONGEST = 16_000_000

export interface Kept {
  etag: string
  plain: Buffer
  zipped: Buffer
}

export class NeighbourTable {
  readonly #service: Service
  #kept: Kept | null = null
  #until_ms = 0
  #asking: Promise<void> | null = null

  constructor(service: Service) {
    this.#service = service
  }

  /** The newest table that the service has answered with; null before the first. */
  async newest(): Promise<Kept | null> {
    if (performance.now() >= this.#until_ms && this.#service.isSet) {
      this.#asking ??= this.#ask().finally(() => (this.#asking = null))
      await this.#asking
    }
    return this.#kept
  }

  async #ask(): Promise<void> {
    this.#until_ms = performance.now() + PAUSE_MS
    try {
      const known = this.#kept ? { 'If-None-Match': this.#kept.etag } : undefined
      const answer = await this.#service.ask('recommendations/neighbours', {
        ...(known && { headers: known }),
      })
      const etag = answer.headers.get('ETag')
      if (answer.status === 200 && etag !== null) {
        const plain = Buffer.from(await answer.arrayBuffer())
        if (plain.length > LONGEST) return
        this.#kept = { etag, plain, zipped: await promisify(gzip)(plain) }
      }
      if (answer.ok || answer.status === 304) this.#until_ms = performance.now() + FRESH_MS
    } catch {
      // The cached table stays in use.
    }
  }
}
