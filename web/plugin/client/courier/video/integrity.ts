/** The video's list of sha256 digests, against which the bytes of mirrors are validated. */
import type { ByteRange } from '../http/range.ts'

/** A ten hour video in six resolutions has about 5 MB. */
const MAX_LIST_CHARS = 32e6
const LIST_TIMEOUT_MS = 15_000
/** Doubled with every reload: exponential backoff for a list that lacks a segment. */
const FIRST_PAUSE_MS = 5_000

type LoadList = () => Promise<Response>

/** Looks up the digests of segments. */
export type Digests = Pick<HashList, 'mayKnow' | 'digest' | 'reload'>

/** For the control group, whose segments PeerTube itself validates. */
export const NO_DIGESTS: Digests = {
  mayKnow: () => false,
  digest: () => Promise.resolve(null),
  reload: () => Promise.resolve(),
}

export class HashList {
  readonly #load: LoadList
  #list: object = {}
  #loading: Promise<void>
  #pending = true
  #reloadAt_ms = 0
  #pause_ms = FIRST_PAUSE_MS

  /** Begins to load the list at once. */
  constructor(load: LoadList) {
    this.#load = load
    this.#loading = this.#fetch()
  }

  /** Whether the list holds the segment, or is still loading. */
  mayKnow(file: string, range: ByteRange | undefined): boolean {
    return this.#pending || this.#find(file, range) !== null
  }

  /** The segment's digest in lower-case hexadecimal; null when the list lacks it. */
  async digest(file: string, range: ByteRange | undefined): Promise<string | null> {
    await this.#loading
    const known = this.#find(file, range)
    if (known !== null) return known
    await this.reload()
    return this.#find(file, range)
  }

  /** Loads the list again, unless the last reload was too recent. */
  reload(): Promise<void> {
    const now_ms = performance.now()
    if (!this.#pending && now_ms >= this.#reloadAt_ms) {
      this.#reloadAt_ms = now_ms + this.#pause_ms
      this.#pause_ms *= 2
      this.#loading = this.#fetch()
    }
    return this.#loading
  }

  async #fetch(): Promise<void> {
    this.#pending = true
    try {
      const response = await this.#load()
      if (!response.ok) throw new Error(`status ${response.status}`)
      const text = await response.text()
      if (text.length > MAX_LIST_CHARS) throw new Error(`more than ${MAX_LIST_CHARS} characters`)
      const list: unknown = JSON.parse(text)
      if (typeof list !== 'object' || list === null) throw new Error('not a JSON object')
      this.#list = list
    } catch (error) {
      console.warn('mirrorwise: no list of sha256 digests, so mirrors are left alone:', error)
    } finally {
      this.#pending = false
    }
  }

  #find(file: string, range: ByteRange | undefined): string | null {
    const entry = own(this.#list, file)
    const digest =
      range && typeof entry === 'object' && entry !== null
        ? own(entry, `${range.start}-${range.end ?? ''}`)
        : entry
    return typeof digest === 'string' && /^[0-9a-f]{64}$/i.test(digest)
      ? digest.toLowerCase()
      : null
  }
}

function own(record: object, key: string): unknown {
  return Object.hasOwn(record, key) ? (record as Record<string, unknown>)[key] : null
}

/** Requests the list, with a timeout. */
export function listRequest(url: string, init: RequestInit): Promise<Response> {
  return fetch(url, { ...init, signal: AbortSignal.timeout(LIST_TIMEOUT_MS) })
}

/** The SHA-256 digest in lower-case hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // Pages without TLS have no crypto.subtle.
  const subtle = (globalThis.crypto as Crypto | undefined)?.subtle
  const digest = subtle
    ? new Uint8Array(await subtle.digest('SHA-256', bytes))
    : (await import('@noble/hashes/sha2.js')).sha256(bytes)
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
