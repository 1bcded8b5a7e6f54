/** The options PeerTube 8.2 gives p2p-media-loader and hls.js. */
import type { HlsConfig } from 'hls.js'
import type { CoreConfig } from 'p2p-media-loader-core'
import type { LoadOptions } from './load-options.ts'
import { RandomPicker } from './redundancy.ts'
import { SegmentValidator } from './segment-validator.ts'

/** The password that the viewer of a protected video has typed. */
const PASSWORD = 'sunrise'
const BANDWIDTH_KEY = 'peertube-videojs-average-bandwidth'
/** Null in a frame: the browser may deny storage to one of two players side by side. */
const storage = parent === window ? localStorage : null

export interface HlsOptions {
  picker: RandomPicker
  loader: CoreConfig
  hls: Partial<HlsConfig>
}

export function hlsOptions(options: LoadOptions, authorization: string): HlsOptions {
  const ownOnly = (url: string): Record<string, string> => {
    if (new URL(url).origin !== location.origin) return {}
    if (options.requiresPassword) return { 'x-peertube-video-password': PASSWORD }
    return options.requiresUserAuth ? { Authorization: authorization } : {}
  }
  const picker = new RandomPicker(options.hls.redundancyBaseUrls)
  return {
    picker,
    loader: loaderOptions(options, picker, ownOnly),
    hls: hlsjsOptions(options, ownOnly),
  }
}

type HeadersFor = (url: string) => Record<string, string>

function loaderOptions(
  { hls, p2pEnabled, isLive }: LoadOptions,
  picker: RandomPicker,
  headersFor: HeadersFor,
): CoreConfig {
  const validator = new SegmentValidator(
    hls.segmentsSha256Url,
    headersFor(hls.segmentsSha256Url),
    isLive,
  )
  const validate = validator.validate.bind(validator)
  return {
    announceTrackers: hls.trackerAnnounce.filter((url) => url.startsWith('ws')),
    rtcConfig: { iceServers: [] },
    httpRequestSetup: (segmentUrl, _segmentRange, signal, range) => {
      const url = picker.pick(segmentUrl)
      const headers = new Headers(headersFor(url))
      if (range) headers.set('Range', `bytes=${range.start}-${range.end ?? ''}`)
      return Promise.resolve(new Request(url, { headers, signal }))
    },
    validateP2PSegment: validate,
    validateHTTPSegment: validate,
    isP2PDisabled: !p2pEnabled,
    isP2PUploadDisabled: false,
    swarmId: hls.playlistUrl,
    ...(isLive
      ? { highDemandTimeWindow: 4 }
      : { highDemandTimeWindow: 15, segmentMemoryStorageLimit: 1024 }),
  }
}

function hlsjsOptions({ isLive }: LoadOptions, headersFor: HeadersFor): Partial<HlsConfig> {
  const base = {
    capLevelToPlayerSize: true,
    autoStartLoad: false,
    // PeerTube's own part for lives goes to where hls.js would begin of itself.
    startPosition: isLive ? -1 : 0,
    liveSyncDurationCount: 5,
    xhrSetup: (xhr: XMLHttpRequest, url: string) => {
      for (const [name, value] of Object.entries(headersFor(url))) xhr.setRequestHeader(name, value)
    },
  }
  const remembered_Bps = Number(storage?.getItem(BANDWIDTH_KEY))
  if (!(remembered_Bps > 0)) return base
  return {
    ...base,
    abrEwmaDefaultEstimate: remembered_Bps * 8,
    backBufferLength: 90,
    startLevel: -1,
    testBandwidth: false,
    enableWorker: false,
  }
}

/** Stores the bandwidth estimate, for the first choice of resolution at the next visit. */
export function rememberBandwidth(estimate_bps: number): void {
  if (!Number.isNaN(estimate_bps)) {
    storage?.setItem(BANDWIDTH_KEY, Math.floor(estimate_bps / 8).toString())
  }
}
