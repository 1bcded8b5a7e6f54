/** What is changed in the options of p2p-media-loader, and nothing else. */
import type { Courier } from './courier.ts'
import { mark } from './fetch-wrapper.ts'
import { fileName } from './hosts.ts'
import { sha256 } from './integrity.ts'
import type { Load } from './load.ts'
import { rangeHeaders, type ByteRange } from './range.ts'

/**
 * The longest silence that the courier may need while some host still works: a silent primary,
 * a silent hedge, and those after them. PeerTube leaves the loader's 3 s. Chunks without bytes
 * would also keep its timer from firing, but in 2.2.2 they turn its bandwidth into 0/0.
 */
const LOADER_PATIENCE_MS = 10_000
const MAX_BREAKDOWNS = 3
/** What the loader may fetch ahead of hls.js in a quarter of a minute, at 30 Mbit/s. */
const ALONE_MIB = 64

export type RequestSetup = (
  url: string,
  byteRange: ByteRange | undefined,
  signal: AbortSignal,
  requestByteRange: ByteRange | undefined,
) => Promise<Request | null | undefined>

type Validator = (
  url: string,
  byteRange: ByteRange | undefined,
  data: ArrayBuffer,
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

/** The loads whose requests a setup of ours makes. */
const loads = new WeakMap<RequestSetup, Load>()

export function loadOf(setup: RequestSetup | undefined): Load | undefined {
  return setup && loads.get(setup)
}

export function takeOver(
  options: LoaderOptions,
  load: Load,
  courier: Courier,
  originInit: OriginInits,
): LoaderOptions {
  const setup = setupFor(options.httpRequestSetup, load, courier, originInit)
  loads.set(setup, load)
  return {
    ...options,
    httpRequestSetup: setup,
    // PeerTube's own say true for wrong bytes, and nothing for right ones.
    validateHTTPSegment: (url, range, data) =>
      load.deliveryOf(url, range)?.prove(data) ?? matches(load, url, range, data),
    validateP2PSegment: async (url, range, data) =>
      (await matches(load, url, range, data)) ||
      (load.deliveryOf(url, range)?.prove(data) ?? false),
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

function setupFor(
  original: RequestSetup | undefined,
  load: Load,
  courier: Courier,
  originInit: OriginInits,
): RequestSetup {
  return async (url, byteRange, signal, requestByteRange) => {
    const theirs = (): Promise<Request | null | undefined> =>
      original?.(url, byteRange, signal, requestByteRange) ?? Promise.resolve(undefined)
    if (courier.breakdowns >= MAX_BREAKDOWNS) return theirs()
    try {
      const init = await originInit(url)
      return load.events.timed(() => {
        const headers = rangeHeaders(init, requestByteRange)
        const request = new Request(url, { headers, signal })
        const job = { load, url, byteRange, requestByteRange, signal, originInit: init }
        return mark(request, () => courier.deliver(job))
      })
    } catch (error) {
      console.error('mirrorwise:', error)
      courier.breakdowns += 1
      return theirs()
    }
  }
}

/** How to ask the origin for this address. */
export type OriginInits = (url: string) => Promise<RequestInit>

/**
 * How PeerTube asks the origin, credentials included.
 *
 * Only PeerTube's own setup knows that, and it sets no credentials when its dice have fallen on
 * a mirror. So it is asked until it says the origin's address; with n mirrors each try has a
 * chance of 1/(n+1), hence 20 (n+1) tries fail once in e^20 times. An origin that needed no
 * credentials for this video never will, because that is fixed when it is loaded.
 */
export function originInits(original: RequestSetup | undefined, mirrors: number): OriginInits {
  const nobody = new AbortController().signal
  const open = new Set<string>()
  return async (address) => {
    const url = new URL(address)
    if (open.has(url.origin)) return {}
    for (let i = 0; i < 20 * (mirrors + 1); i++) {
      const request = await original?.(address, undefined, nobody, undefined)
      if (request && request.url !== url.href) continue
      const headers = new Headers(request?.headers)
      if ([...headers].length === 0) open.add(url.origin)
      return { headers }
    }
    throw new Error('PeerTube never asked the origin')
  }
}

/** The strict answer for what did not come by our hands. */
async function matches(
  { hashes }: Load,
  url: string,
  range: ByteRange | undefined,
  data: ArrayBuffer,
): Promise<boolean> {
  const wanted = await hashes.digest(fileName(url), range)
  return wanted !== null && (await sha256(new Uint8Array(data))) === wanted
}
