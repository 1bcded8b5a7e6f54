/**
 * PeerTube's validation of segments as it really works: right and wrong bytes both count as valid,
 * and only a segment that is missing from the sha256 list is refused.
 *
 * PeerTube's validator returns `undefined` for right and `true` for wrong bytes. p2p-media-loader
 * 2.2 reads `undefined` as `true`; 2.3 does not, so `true` is returned here for both.
 */
import type { ByteRange } from 'p2p-media-loader-core'
import { fileName } from './redundancy.ts'

type Sha256List = Partial<Record<string, string | Partial<Record<string, string>>>>

export class SegmentValidator {
  readonly #listUrl: string
  readonly #headers: HeadersInit
  #list: Promise<Sha256List> | null = null

  constructor(listUrl: string, headers: HeadersInit) {
    this.#listUrl = listUrl
    this.#headers = headers
  }

  async validate(url: string, range: ByteRange | undefined, data: ArrayBuffer): Promise<boolean> {
    this.#list ??= this.#fetchList()
    const entry = (await this.#list)[fileName(url)]
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
