/** The options of p2p-media-loader that we replace: request setup, validators and timeouts. */
import type { Courier } from '../courier/courier.ts'
import { markedRequest } from '../courier/http/fetch-wrapper.ts'
import { fileName } from '../courier/video/hosts.ts'
import { sha256 } from '../courier/video/integrity.ts'
import type { Load } from '../courier/load.ts'
import { rangeHeaders, type ByteRange } from '../courier/http/range.ts'
import {
  bytesOf,
  type Joined,
  type LoaderOptions,
  type RequestSetup,
  type Validator,
} from '../p2p-media-loader.ts'

/**
 * The loader's timeout without a byte: long enough for a silent primary, a silent hedge, and a
 * third host. PeerTube keeps the loader's 3 s. Empty chunks would also reset the timer, but in
 * 2.2.2 they turn the bandwidth estimate into 0/0.
 */
const LOADER_PATIENCE_MS = 10_000
/** The loader's own default, which PeerTube keeps. */
const STOCK_PATIENCE_MS = 3_000
/**
 * Memory for segments without P2P: the bytes that are fetched ahead of hls.js in 15 s at 30 Mbit/s.
 */
const ALONE_MIB = 64
const PASSED_OVER = 'another script on this page fetches our requests without us'

/** The load to which each of our request setups belongs. */
const loads = new WeakMap<RequestSetup, Load>()

/** The load of one of our request setups; undefined for PeerTube's own setup. */
export function loadOf(setup: RequestSetup | undefined): Load | undefined {
  return setup && loads.get(setup)
}

/** Notes the load to which the requests of this setup belong. */
export function bind(setup: RequestSetup, load: Load): RequestSetup {
  loads.set(setup, load)
  return setup
}

/** Replaces PeerTube's loader options by ours: the courier fetches and validates all segments. */
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
    // With P2P off the loader would step aside, and hls.js would fetch from the origin alone.
    // Instead the loader's engine runs without uploads and trackers: it exchanges nothing with
    // peers, and need not keep segments for them in memory.
    ...(options.isP2PDisabled && {
      segmentMemoryStorageLimit: ALONE_MIB,
      isP2PDisabled: false,
      isP2PUploadDisabled: true,
      announceTrackers: [],
    }),
  }
}

/** The option that restores a running loader's own timeout. */
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
    // With P2P off PeerTube does not use mirrors.
    const theirs = async (): Promise<Request> =>
      (options.isP2PDisabled
        ? null
        : await options.httpRequestSetup?.(url, byteRange, signal, requestByteRange)) ??
      fromOrigin()
    const stock = async (): Promise<Response> => fetch(await theirs())
    const ours = async (): Promise<Request> => {
      const init = await originInit(url)
      return load.events.timed(() => {
        const wanted = { load, url, byteRange, requestByteRange, signal, originInit: init, stock }
        return markedRequest(
          url,
          { headers: rangeHeaders(init, requestByteRange), signal },
          async () => {
            signal.throwIfAborted()
            return breaker.guard(() => courier.deliver(wanted), stock)
          },
          () => {
            if (!signal.aborted) breaker.failed(new Error(PASSED_OVER))
          },
        )
      })
    }
    return breaker.guard(ours, theirs)
  }
}

/**
 * Strict validators. PeerTube's validators return true for wrong bytes and undefined for right
 * bytes. PeerTube's validators are called when ours throw, and, with the circuit breaker open, for
 * segments that we did not download. Bytes that are still out of order are refused in any case.
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

/** Returns the request options with which the origin is asked for an address. */
export type OriginInits = (url: string) => Promise<RequestInit>

/**
 * The request options with which PeerTube asks the origin, credentials included.
 *
 * Only PeerTube's own setup knows the credentials, and it sets none when its random pick is a
 * mirror. So the setup is called until it picks the origin: with n mirrors each try has a chance of
 * 1/(n+1), so all of 20 (n+1) tries miss with a probability of e^-20. An origin without credentials
 * is noted, because this is fixed when the video is loaded.
 */
export function originInits(original: RequestSetup | undefined, mirrors: number): OriginInits {
  const nobody = new AbortController().signal
  const open = new Set<string>()
  // PeerTube's setup throws when it picks a mirror whose address is not valid.
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
  // The origin's bytes need not wait for a late list, but a peer's do.
  await hashes.complete()
  const wanted = await hashes.digest(fileName(url), range)
  return wanted !== null && (await sha256(bytesOf(data))) === wanted
}
