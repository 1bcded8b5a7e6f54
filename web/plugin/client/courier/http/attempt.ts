/** One HTTP fetch of a byte range from one host, with its TTFB, rate and outcome. */
import type { Host, Outcome, OutcomeKind } from '../../../messages.ts'
import { rangeHeaders } from './range.ts'
import { retryAfter_s } from './retry-after.ts'
import { Sleep } from './sleep.ts'
import { cameFromCache, mayBeCached, type Traffic, type InFlight } from './traffic.ts'

/** Outcomes that count as a failure of the host before the bytes are validated. */
export const FAILURES: readonly OutcomeKind[] = ['http-error', 'missing', 'timeout', 'stall']

/** Statuses that speak of the file and not of the host: forbidden, not found, gone, no such range. */
export const FILE_STATUSES: readonly number[] = [403, 404, 410, 416]

/**
 * The reason for a fetch. `part`: the host is one of several that share a segment. `takeover`: the
 * host fetches the rest of another host's part. `repair`: a segment with a wrong sha256 is fetched
 * again.
 */
export type Role = 'primary' | 'part' | 'takeover' | 'hedge' | 'failover' | 'rescue' | 'repair'

/** The same as in p2p-media-loader, which gives a host up after 3 s without a byte. */
const FIRST_BYTE_TIMEOUT_S = 3
const TICK_MS = 100

/** The parameters of one fetch. */
export interface FetchRequest {
  host: Host
  url: string
  role: Role
  plan: number
  /** First wanted byte, counted from the start of the file. */
  first: number
  /** Last wanted byte, or null for "to the end". */
  last: number | null
  /** Send a `Range` header, and accept only 206, unless `wholeWillDo`. */
  ranged: boolean
  /** Accept a 200 with the whole file too, and skip the bytes before `first`. */
  wholeWillDo: boolean
  init: RequestInit
  /** Give up when the body pauses for this long. */
  stall_s: number
  /** No other host is left: wait for the first byte as long as the player does. */
  patient: boolean
}

export class Attempt implements InFlight {
  readonly request: FetchRequest
  /** True at the first byte of the body; false when the fetch has ended without one. */
  readonly firstByte: Promise<boolean>
  /** Another fetch of ours shared the access link. */
  overlapped = false
  /** The end of its range has been given to another host. */
  cut = false
  ttfb_s: number | null = null
  /** Bytes of body so far. */
  bytes = 0
  /** Length of the file in bytes, once the host has stated it. */
  fileSize: number | null = null
  /** The pause that the host has asked for. */
  retryAfter_s: number | null = null
  kind: OutcomeKind | null = null
  readonly began_ms = performance.now()
  readonly #abort = new AbortController()
  readonly #traffic: Traffic
  readonly #cold: boolean
  readonly #cache: RequestCache
  readonly #onEnd: (attempt: Attempt) => void
  readonly #ticker: ReturnType<typeof setInterval>
  #status: number | null = null
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null
  #pending: Uint8Array | null = null
  #skip = 0
  /** Length of the body, when it is known. */
  #expected: number | null = null
  /** When the host last sent something; the start, if it never did. */
  heard_ms = this.began_ms
  readonly #sleep = new Sleep()
  #suspect = false
  #total_s = 0

  /** Sends the request at once. `onEnd` is called once, before any reader learns of the end. */
  constructor(request: FetchRequest, traffic: Traffic, onEnd: (attempt: Attempt) => void) {
    this.request = request
    this.#traffic = traffic
    this.#onEnd = onEnd
    const { cold, sharesFile } = traffic.begin(this)
    this.#cold = cold
    // Chromium locks a file's cache entry while it fetches a range of it: a second range of the
    // file would wait for the first. Past the cache it does not.
    this.#cache = sharesFile ? 'no-store' : 'default'
    this.#ticker = setInterval(() => this.#watch(), TICK_MS)
    this.firstByte = this.#begin()
  }

  get host(): Host {
    return this.request.host
  }

  get url(): string {
    return this.request.url
  }

  /** The page slept during the fetch, so that its times and its failure say nothing. */
  get slept(): boolean {
    return this.#sleep.slept
  }

  /** Time since the request. */
  get age_s(): number {
    return (performance.now() - this.began_ms) / 1000
  }

  /** Time since the first byte. */
  get body_s(): number {
    return this.age_s - (this.ttfb_s ?? 0)
  }

  /**
   * Whether the bytes came from the browser's cache, so that the fetch says nothing about the host.
   */
  get fromCache(): boolean {
    return cameFromCache(this.ttfb_s, this.bytes, this.#total_s)
  }

  /** Whether the host has answered, and not the browser's cache in its place. */
  get hasAnswered(): boolean {
    if (this.ttfb_s === null || this.kind === 'stall') return false
    return this.kind === null ? !mayBeCached(this.ttfb_s) : !this.fromCache
  }

  /** Returns the next bytes; null at the end, when `kind` holds the outcome. */
  async read(): Promise<Uint8Array | null> {
    const chunk = this.#pending ?? (await this.#next())
    this.#pending = null
    return chunk
  }

  /** Ends the fetch with this outcome, unless it has ended already. */
  stop(kind: OutcomeKind): void {
    if (this.kind !== null) return
    this.#sleep.tick()
    this.#total_s = this.age_s
    // A player that aborts after this time does so because the host was silent.
    const late = this.ttfb_s === null && this.#total_s > FIRST_BYTE_TIMEOUT_S
    this.kind = kind === 'aborted' && late ? 'timeout' : kind
    clearInterval(this.#ticker)
    this.#traffic.end(this)
    if (kind !== 'ok') this.#abort.abort()
    this.#onEnd(this)
  }

  outcome(kind: OutcomeKind): Outcome {
    return {
      plan: this.request.plan,
      host: this.request.host,
      now_s: Date.now() / 1000,
      kind,
      status: this.#status,
      ttfb_s: this.ttfb_s,
      total_s: this.#total_s,
      bytes: this.bytes,
      cold: this.#cold,
      overlapped: this.overlapped,
    }
  }

  async #begin(): Promise<boolean> {
    const { url, first, last, ranged, init } = this.request
    const range = ranged ? { start: first, end: last ?? undefined } : undefined
    const headers = rangeHeaders(init, range)
    try {
      const { signal } = this.#abort
      const response = await fetch(url, { cache: this.#cache, ...init, headers, signal })
      this.ttfb_s = this.age_s
      this.#status = response.status
      this.heard_ms = performance.now()
      const fault = response.body ? this.#faultOf(response) : 'http-error'
      if (response.body && fault === null) this.#reader = response.body.getReader()
      else {
        this.retryAfter_s = retryAfter_s(response.headers)
        this.stop(fault ?? 'http-error')
      }
    } catch {
      this.stop('http-error')
    }
    this.#pending = await this.#next()
    return this.#pending !== null
  }

  /** What is wrong with the response's status or lengths; null when they fit the wanted range. */
  #faultOf({ status, headers }: Response): OutcomeKind | null {
    const { first, last, ranged, wholeWillDo } = this.request
    const whole = status === 200 && (!ranged || wholeWillDo)
    if (FILE_STATUSES.includes(status)) return 'missing'
    if (!whole && !(status === 206 && ranged)) return 'http-error'
    const begins = whole ? 0 : first
    const length = Number(headers.get('Content-Length') ?? 0)
    // Other origins may hide Content-Range; where it can be read, it must be right. Some servers
    // write `bytes=` as in a request.
    const range = headers.get('Content-Range')
    if (!whole && range !== null && Number(/^bytes[ =](\d+)-/.exec(range)?.[1]) !== first)
      return 'http-error'
    this.#skip = first - begins
    if (last !== null) this.#expected = last + 1 - begins
    else if (length > 0) this.#expected = length
    if (last === null && length > 0) this.fileSize = begins + length
    // A file of another length is another version of it.
    return length === 0 || length === this.#expected ? null : 'missing'
  }

  async #next(): Promise<Uint8Array | null> {
    while (this.kind === null && this.#reader) {
      const read = await this.#reader.read().catch(() => null)
      if (read === null || read.done) {
        this.stop(read !== null && this.#whole ? 'ok' : 'stall')
        break
      }
      this.heard_ms = performance.now()
      this.bytes += read.value.length
      if (this.#expected !== null && this.bytes > this.#expected) {
        this.stop('http-error')
        break
      }
      const skipped = Math.min(this.#skip, read.value.length)
      this.#skip -= skipped
      if (skipped < read.value.length) return read.value.subarray(skipped)
    }
    return null
  }

  get #whole(): boolean {
    return this.#expected === null || this.bytes === this.#expected
  }

  /**
   * Gives the host up when it is silent for too long. The silence must last for two ticks: after
   * the page was busy or asleep, timers fire before the page gets the bytes that have already
   * arrived.
   */
  #watch(): void {
    this.#sleep.tick()
    const headersCame = this.ttfb_s !== null
    const limit_s = headersCame
      ? this.request.stall_s
      : this.request.patient
        ? Infinity
        : FIRST_BYTE_TIMEOUT_S
    const silent = performance.now() - this.heard_ms > limit_s * 1000
    if (silent && this.#suspect) this.stop(headersCame ? 'stall' : 'timeout')
    this.#suspect = silent
  }
}
