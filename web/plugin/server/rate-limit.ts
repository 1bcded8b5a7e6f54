/** Rate limit per network address, without storing addresses. */
import { createHmac, randomBytes } from 'node:crypto'

/** More addresses in one window are a flood: new ones have to wait for the next window. */
const MAX_ADDRESSES = 100_000

/**
 * Fixed-window counter per address. An address is stored as its HMAC under a random key that is
 * dropped after one window, so that counted addresses cannot be found out afterwards.
 */
export class RateLimit {
  readonly #most: number
  readonly #window_ms: number
  #key = randomBytes(32)
  #counts = new Map<string, number>()
  #ends_ms = 0

  constructor(most: number, window_s: number) {
    this.#most = most
    this.#window_ms = window_s * 1000
  }

  /** Counts one more request of the address; false when the limit is exceeded. */
  allows(address: string, now_ms = Date.now()): boolean {
    if (now_ms >= this.#ends_ms) this.#begin(now_ms)
    const name = createHmac('sha256', this.#key).update(networkOf(address)).digest('base64')
    const count = (this.#counts.get(name) ?? 0) + 1
    if (count > this.#most) return false
    if (count === 1 && this.#counts.size >= MAX_ADDRESSES) return false
    this.#counts.set(name, count)
    return true
  }

  #begin(now_ms: number): void {
    this.#key = randomBytes(32)
    this.#counts = new Map()
    this.#ends_ms = now_ms + this.#window_ms
  }
}

/** The /64 of an IPv6 address, because one home has 2^64 addresses; an IPv4 address itself. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '')
  if (!plain.includes(':')) return plain
  const [head = '', tail] = plain.split('::')
  const left = head.split(':').filter(Boolean)
  const right = tail?.split(':').filter(Boolean) ?? []
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0')
  return [...left, ...(tail === undefined ? [] : zeros), ...right].slice(0, 4).join(':')
}
