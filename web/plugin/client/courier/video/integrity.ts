/** The video's list of sha256 digests, against which the bytes of mirrors are validated. */
import { sha256 as plainSha256 } from '@noble/hashes/sha2.js'
import { readChunks } from '../http/chunks.ts'
import type { ByteRange } from '../http/range.ts'
import { withTimeout } from '../timeouts.ts'

/** A ten hour video in six resolutions has about 5 MB. */
const MAX_LIST_CHARS = 32e6
/** A list that is large and comes over a thin line is waited for as long as it makes progress. */
const SILENT_MS = 15_000
/** A player waits no longer for the list; until it is there, the origin alone is asked. */
const LATE_MS = 2_000
/** Doubled with every reload: exponential backoff for a list that lacks a segment. */
const FIRST_PAUSE_MS = 5_000

export type LoadList = (signal: AbortSignal) => Promise<Response>

/** Looks up the digests of segments. */
export type Digests = Pick<HashList, 'mayKnow' | 'digest' | 'reload' | 'complete'>

/** For the control group, whose segments PeerTube itself validates. */
export const NO_DIGESTS: Digests = {
  mayKnow: () => false,
  digest: () => Promise.resolve(null),
  reload: () => Promise.resolve(),
  complete: () => Promise.resolve(),
}

export class HashList {
  readonly #load: LoadList
  #list: object = {}
  #loading: Promise<void>
  #pending = true
  #asked_ms = 0
  #reloadAt_ms = 0
  #pause_ms = FIRST_PAUSE_MS

  /** Begins to load the list at once. */
  constructor(load: LoadList) {
    this.#load = load
    this.#loading = this.#fetch()
  }

  /** Whether the list holds the segment, or is still to be expected. */
  mayKnow(file: string, range: ByteRange | undefined): boolean {
    return (this.#pending && this.#wait_ms > 0) || this.#find(file, range) !== null
  }

  /**
   * The segment's digest in lower-case hexadecimal; null when the list lacks it, or is late.
   */
  async digest(file: string, range: ByteRange | undefined): Promise<string | null> {
    await this.#soon()
    const known = this.#find(file, range)
    if (known !== null) return known
    await this.reload()
    return this.#find(file, range)
  }

  /** Loads the list again, unless the last reload was too recent. */
  async reload(): Promise<void> {
    const now_ms = performance.now()
    if (!this.#pending && now_ms >= this.#reloadAt_ms) {
      this.#reloadAt_ms = now_ms + this.#pause_ms
      this.#pause_ms *= 2
      this.#loading = this.#fetch()
    }
    await this.#soon()
  }

  /** Resolves when the list has come or failed, however late. */
  complete(): Promise<void> {
    return this.#loading
  }

  /** Resolves when the list has come or failed, or is late. */
  async #soon(): Promise<void> {
    if (this.#pending) await withTimeout(Math.max(0, this.#wait_ms) / 1000, this.#loading)
  }

  /** How much longer the list is worth waiting for. */
  get #wait_ms(): number {
    return this.#asked_ms + LATE_MS - performance.now()
  }

  async #fetch(): Promise<void> {
    this.#pending = true
    this.#asked_ms = performance.now()
    try {
      this.#list = await readList(this.#load)
    } catch (error) {
      console.warn('mirrorwise: no list of sha256 digests, so mirrors are left alone:', error)
    } finally {
      this.#pending = false
    }
  }

  #find(file: string, range: ByteRange | undefined): string | null {
    return digestIn(this.#list, file, range)
  }
}

/** The segment's digest in PeerTube's list; null when the list lacks it. */
export function digestIn(list: object, file: string, range: ByteRange | undefined): string | null {
  const entry = own(list, file)
  const digest =
    range && typeof entry === 'object' && entry !== null
      ? own(entry, `${range.start}-${range.end ?? ''}`)
      : entry
  return typeof digest === 'string' && /^[0-9a-f]{64}$/i.test(digest) ? digest.toLowerCase() : null
}

function own(record: object, key: string): unknown {
  return Object.hasOwn(record, key) ? (record as Record<string, unknown>)[key] : null
}

/** Reads a list of digests; throws when it does not come, or is none. */
export async function readList(load: LoadList): Promise<object> {
  const list: unknown = JSON.parse(await readText(load))
  if (typeof list !== 'object' || list === null) throw new Error('not a JSON object')
  return list
}

/** Reads the whole list; gives up when nothing has come for `SILENT_MS`. */
async function readText(load: LoadList): Promise<string> {
  const over = new AbortController()
  const giveUp = (): void => over.abort(new Error(`nothing came for ${SILENT_MS / 1000} s`))
  let watchdog = setTimeout(giveUp, SILENT_MS)
  try {
    const response = await load(over.signal)
    if (!response.ok) throw new Error(`status ${response.status}`)
    const decoder = new TextDecoder()
    let text = ''
    await readChunks(response.body, (bytes) => {
      clearTimeout(watchdog)
      watchdog = setTimeout(giveUp, SILENT_MS)
      text += decoder.decode(bytes, { stream: true })
      if (text.length > MAX_LIST_CHARS) throw new Error(`more than ${MAX_LIST_CHARS} characters`)
    })
    return text + decoder.decode()
  } finally {
    clearTimeout(watchdog)
    over.abort()
  }
}

/** The SHA-256 digest in lower-case hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // Pages without TLS have no crypto.subtle.
  const subtle = (globalThis.crypto as Crypto | undefined)?.subtle
  const digest = subtle ? new Uint8Array(await subtle.digest('SHA-256', bytes)) : plainSha256(bytes)
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
