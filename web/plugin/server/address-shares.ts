/**
 * Fair shares: how many reports of one host count on one day from one address.
 *
 * An address is known by a keyed hash whose key is made anew for each day. The hash goes to the
 * service with the report, which counts too and does not store it, so that a restart of either
 * does not begin another share.
 */
import { createHmac } from 'node:crypto'
import { today } from './daily-counters.ts'
import { networkOf } from './rate-limit.ts'

/** More pairs of addresses and hosts on one day are a flood; what goes beyond is not counted. */
const MAX_PAIRS = 100_000
/** 66 bits: no two of a day's addresses have the same. */
const TAG_LENGTH = 11

export class AddressShares {
  #day = ''
  #counts = new Map<string, number>()

  /** The day's hash of an address; without the service's secret nobody can make it. */
  tag(address: string, secret: string): string {
    const key = createHmac('sha256', secret).update(`addresses of ${today()}`).digest()
    const digest = createHmac('sha256', key).update(networkOf(address)).digest('base64url')
    return digest.slice(0, TAG_LENGTH)
  }

  /** Counts one report of a host; false when the address has had its share of today. */
  allows(tag: string, host: string, most: number): boolean {
    if (this.#day !== today()) {
      this.#day = today()
      this.#counts = new Map()
    }
    const pair = `${tag} ${host}`
    const count = this.#counts.get(pair) ?? 0
    if (count >= most || (count === 0 && this.#counts.size >= MAX_PAIRS)) return false
    this.#counts.set(pair, count + 1)
    return true
  }
}
