/** The options of p2p-media-loader that we replace: request setup, validators and timeouts. */
import type { Courier } from '../courier/courier.ts'
import { mark } from '../courier/http/fetch-wrapper.ts'
import { fileName } from '../courier/video/hosts.ts'
import { sha256 } from '../courier/video/integrity.ts'
import type { Load } from '../courier/load.ts'
import { rangeHeaders, type ByteRange } from '../courier/http/range.ts'

/**
 * The loader's timeout without a byte: long enough for a silent primary, a silent hedge, and a host
 * after them. PeerTube keeps the loader's 3 s. Empty chunks would also reset the timer, but in 2.2.2
 * they turn the bandwidth estimate into 0/0.
 */
const LOADER_PATIENCE_MS = 10_000
/** The loader's own default, which PeerTube keeps. */
const STOCK_PATIENCE_MS = 3_000
/** Memory for segments without P2P: what is fetched ahead of hls.js in 15 s at 30 Mbit/s. */
const ALONE_MIB = 64

export type RequestSetup = (
  url: string,
  byteRange: ByteRange | undefined,
  signal: AbortSignal,
  requestByteRange: ByteRange | undefined,
) => Promise<Request | null | undefined>

/** 2.2.1 passes an array of bytes, later versions its buffer. */
type Joined = ArrayBuffer | Uint8Array<ArrayBuffer>

type Validator = (
  url: string,
  byteRange: ByteRange | undefined,
  data: Joined,
) => Promise<boolean | undefined>

export interface LoaderOptions {
  swarmId?: string
  httpRequestSetup?: RequestSetup
  validateHTTPSegment?: Validator | null
  validateP2PSegment?: Validator | null
  isP2PDisabled?: boolean
  isP2PUploadDisabled?: boolean
  announceTrackers?: string[]
  segmentMemoryStorageLimit?: number
  httpNotReceivingBytesTimeoutMs?: number
}

/** The load of each request setup of ours. */
const loads = new WeakMap<RequestSetup, Load>()

export function loadOf(setup: RequestSetup | undefined): Load | undefined {
  return setup && loads.get(setup)
}

/** Notes the load to which the requests of this setup belong. */
export function bind(setup: RequestSetup, load: Load): RequestSetup {
  loads.set(setup, load)
  return setup
}

export function takeOver(
  options: LoaderOptions,
  load: Load,
  courier: Courier,
  originInit: OriginInits,
): LoaderOptions {
  return {
    ...options,
    httpRequestSetup: bind(setupFor(options, load, courier, originInit), load),
    ...validatorsFor(options, load, courier),
    httpNotReceivingBytesTimeoutMs: LOADER_PATIENCE_MS,
    // With P2P off the loader steps aside and hls.js fetches by itself, from the origin alone. An
    // engine that neither uploads nor knows a tracker exchanges nothing with anybody, and has
    // nothing to keep for others in memory.
    ...(options.isP2PDisabled && {
      segmentMemoryStorageLimit: ALONE_MIB,
      isP2PDisabled: false,
      isP2PUploadDisabled: true,
      announceTrackers: [],
    }),
  }
}

/** The change that gives a running loader its own patience back. */
export function stockPatience({ httpNotReceivingBytesTimeoutMs }: LoaderOptions): LoaderOptions {
  return { httpNotReceivingBytesTimeoutMs: httpNotReceivingBytesTimeoutMs ?? STOCK_PATIENCE_MS }
}

function setupFor(
  options: LoaderOptions,
  load: Load,
  courier: Courier,
  originInit: OriginInits,
): RequestSetup {
  const { breaker } = courier
  return (url, byteRange, signal, requestByteRange) => {
    const fromOrigin = async (): Promise<Request> => {
      const headers = rangeHeaders(await originInit(url), requestByteRange)
      return new Request(url, { headers, signal })
    }
    // With P2P off PeerTube does not know of mirrors.
    const theirs = async (): Promise<Request> =>
      (options.isP2PDisabled
        ? null
        : await options.httpRequestSetup?.(url, byteRange, signal, requestByteRange)) ??
      fromOrigin()
    const stock = async (): Promise<Response> => fetch(await theirs())
    const ours = async (): Promise<Request> => {
      const init = await originInit(url)
      return load.events.timed(() => {
        const request = new Request(url, { headers: rangeHeaders(init, requestByteRange), signal })
        const wanted = { load, url, byteRange, requestByteRange, signal, originInit: init, stock }
        return mark(request, async () => {
          signal.throwIfAborted()
          return breaker.guard(() => courier.deliver(wanted), stock)
        })
      })
    }
    return breaker.guard(ours, theirs)
  }
}

/**
 * Strict validators. PeerTube's own return true for wrong bytes and nothing for right ones; they are
 * called when ours throw, and when the circuit breaker is open for segments that we did not download.
 * Bytes that are still out of order are refused, whatever PeerTube's validator says.
 */
function validatorsFor(
  { validateHTTPSegment, validateP2PSegment }: LoaderOptions,
  load: Load,
  { breaker }: Courier,
): LoaderOptions {
  const check =
    (ours: Validator, theirs: Validator | null | undefined): Validator =>
    async (url, range, data) => {
      const delivery = load.deliveryOf(url, range)
      if (breaker.isOpen && !delivery) return theirs?.(url, range, data) ?? true
      try {
        return await ours(url, range, data)
      } catch (error) {
        breaker.failed(error)
        return delivery?.outOfOrder ? false : (theirs?.(url, range, data) ?? true)
      }
    }
  const validated = (...[url, range, data]: Parameters<Validator>): Promise<boolean> | undefined =>
    load.deliveryOf(url, range)?.validate(bytesOf(data))
  return {
    validateHTTPSegment: check(
      (...segment) => validated(...segment) ?? matches(load, ...segment),
      validateHTTPSegment,
    ),
    validateP2PSegment: check(
      async (...segment) => (await matches(load, ...segment)) || (validated(...segment) ?? false),
      validateP2PSegment,
    ),
  }
}

/** The bytes themselves, not a copy: wrong ones are repaired in place. */
function bytesOf(data: Joined): Uint8Array<ArrayBuffer> {
  return data instanceof Uint8Array ? data : new Uint8Array(data)
}

/** Returns the request options with which the origin is asked for an address. */
export type OriginInits = (url: string) => Promise<RequestInit>

/**
 * The request options with which PeerTube asks the origin, credentials included.
 *
 * Only PeerTube's own setup knows them, and it sets no credentials when its random pick is a mirror.
 * So it is called until it picks the origin: with n mirrors each try has a chance of 1/(n+1), so
 * 20 (n+1) tries fail once in e^20 times. An origin that needs no credentials for this video never
 * will, because that is fixed when the video is loaded.
 */
export function originInits(original: RequestSetup | undefined, mirrors: number): OriginInits {
  const nobody = new AbortController().signal
  const open = new Set<string>()
  // It throws when it picks a mirror whose address is not valid.
  const ask = async (address: string): Promise<Request | null | undefined> =>
    original?.(address, undefined, nobody, undefined)
  return async (address) => {
    const url = new URL(address)
    if (open.has(url.origin)) return {}
    for (let i = 0; i < 20 * (mirrors + 1); i++) {
      const request = await ask(address).catch(() => 'no address' as const)
      if (request === 'no address' || (request && request.url !== url.href)) continue
      const headers = new Headers(request?.headers)
      if ([...headers].length === 0) open.add(url.origin)
      return { headers }
    }
    throw new Error('PeerTube never asked the origin')
  }
}

/** Validates a segment that we did not download. */
async function matches(
  { hashes }: Load,
  url: string,
  range: ByteRange | undefined,
  data: Joined,
): Promise<boolean> {
  const wanted = await hashes.digest(fileName(url), range)
  return wanted !== null && (await sha256(bytesOf(data))) === wanted
}
