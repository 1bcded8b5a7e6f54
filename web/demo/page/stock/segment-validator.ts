/**
 * PeerTube's validation of segments as it really works: right and wrong bytes both count as valid,
 * and only a segment that is missing from the sha256 list is refused.
 *
 * PeerTube's validator returns `undefined` for right and `true` for wrong bytes. p2p-media-loader
 * 2.2 reads `undefined` as `true`; 2.3 does not, so `true` is returned here for both.
 */
import type { ByteRange } from 'p2p-media-loader-core'
import { fileName } from './redundancy.ts'

/** How often, and how long after the last time, a live's list is asked for a new segment. */
const MOST_RETRIES = 10
const RETRY_MS = 500

type Sha256List = Partial<Record<string, string | Partial<Record<string, string>>>>

export class SegmentValidator {
  readonly #listUrl: string
  readonly #headers: HeadersInit
  readonly #retries: number
  #list: Promise<Sha256List> | null = null

  /** The list of a recorded video does not change, so that asking again is left out. */
  constructor(listUrl: string, headers: HeadersInit, isLive: boolean) {
    this.#listUrl = listUrl
    this.#headers = headers
    this.#retries = isLive ? MOST_RETRIES : 0
  }

  async validate(url: string, range: ByteRange | undefined, data: ArrayBuffer): Promise<boolean> {
    this.#list ??= this.#fetchList()
    let entry = (await this.#list)[fileName(url)]
    for (let retry = 0; entry === undefined && retry < this.#retries; retry++) {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
      this.#list = this.#fetchList()
      entry = (await this.#list)[fileName(url)]
    }
    const wanted = typeof entry === 'object' ? entry[`${range?.start}-${range?.end}`] : entry
    if (wanted === undefined) return false
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data))
    const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
    if (found !== wanted) console.error(`The hash of ${fileName(url)} is wrong.`)
    return true
  }

  async #fetchList(): Promise<Sha256List> {
    try {
      const answer = await fetch(this.#listUrl, { headers: this.#headers })
      return (await answer.json()) as Sha256List
    } catch (error) {
      console.error('Cannot get sha256 segments', error)
      return {}
    }
  }
}
