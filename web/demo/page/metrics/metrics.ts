/**
 * Measures playback: start-up, stalls, errors, resolutions and fetches, as plain data on
 * `window.demo`. Tests read it there, and the demo page receives it four times a second.
 */
import Hls, { type Fragment } from 'hls.js'
import type { HlsWithP2P } from '../stock/hls-source.ts'
import { observeFetches } from './fetch-observer.ts'
import { beAnotherViewer, observePlugin } from './plugin-observer.ts'
import { fileName } from '../stock/redundancy.ts'
import { beginFetch, nothingYet, rate_mbps, type DemoState, type SegmentFetch } from './state.ts'

/** A playhead at rest for this long is stalled; its own steps on a busy machine are shorter. */
const STALL_AFTER_S = 0.25
/** With a longer buffer, a resting playhead waits for the processor, not for a host. */
const STARVED_S = 0.5
const SAMPLE_MS = 100
const LOG_S = 0.5
const REPORT_MS = 250

declare global {
  interface Window {
    demo: DemoState
  }
}

const now_s = (): number => performance.now() / 1000

export class Metrics {
  readonly #state = nothingYet()
  #hls: HlsWithP2P | null = null
  #advancedAt_s = 0
  /** The buffer has been empty since the playhead last advanced. */
  #starved = false

  constructor(withPlugin: boolean) {
    window.demo = this.#state
    const onStart = (fetched: SegmentFetch, file: string, first: number | null): void => {
      this.#state.fetches.push(Object.assign(fetched, this.#identify(file, first)))
    }
    if (withPlugin) {
      this.#state.engine = { state: 'off', beliefs: [], sentence: '' }
      beAnotherViewer()
      observePlugin(this.#state.engine, onStart)
    } else {
      observeFetches(onStart)
    }
    if (parent !== window) {
      // `*`: any page that frames this one may read its metrics.
      setInterval(() => parent.postMessage(this.#state, '*'), REPORT_MS)
    }
  }

  watchVideo(video: HTMLVideoElement): void {
    video.requestVideoFrameCallback(() => (this.#state.startup_s = now_s()))
    video.addEventListener('ended', () => (this.#state.ended = true))
    setInterval(() => this.#sample(video), SAMPLE_MS)
  }

  watchHls(hls: HlsWithP2P): void {
    this.#hls = hls
    hls.on(Hls.Events.ERROR, (_, { type, details, fatal }) => {
      // hls.js reports an empty buffer, too, which is measured as a stall instead.
      if (type === Hls.ErrorTypes.NETWORK_ERROR || fatal) this.#error('hls', details)
    })
    hls.on(Hls.Events.FRAG_CHANGED, (_, { frag }) => {
      const level = hls.levels[frag.level]
      this.#state.played.push({
        at_s: now_s(),
        segment: Number(frag.sn),
        height: level?.height ?? 0,
        bitrate_mbps: (level?.bitrate ?? 0) / 1e6,
      })
    })
    hls.on(Hls.Events.FRAG_LOADED, (_, { frag }) => this.#onOwnLoader(frag))
    hls.p2pEngine.addEventListener('onSegmentError', ({ error, downloadSource }) => {
      if (downloadSource === 'http') this.#error('segment', error.type)
    })
    hls.p2pEngine.addEventListener('onSegmentLoaded', (loaded) => {
      if (loaded.downloadSource === 'p2p') this.#onPeer(loaded)
    })
  }

  playerError(detail: string, hopeless: boolean): void {
    this.#error('player', detail)
    this.#state.gave_up ||= hopeless
  }

  #error(kind: DemoState['errors'][number]['kind'], detail: string): void {
    this.#state.errors.push({ at_s: now_s(), kind, detail })
  }

  /** Measures a fetch of hls.js itself, as with P2P off: its own timings are real then. */
  #onOwnLoader(frag: Fragment): void {
    if (!this.#hls?.p2pEngine.getConfig().core.mainStream.isP2PDisabled) return
    if (frag.sn === 'initSegment') return
    const { loading, loaded } = frag.stats
    const total_s = (loading.end - loading.start) / 1000
    const ttfb_s = (loading.first - loading.start) / 1000
    this.#state.fetches.push({
      ...beginFetch(new URL(frag.url).origin),
      at_s: loading.start / 1000,
      segment: frag.sn,
      height: this.#hls.levels[frag.level]?.height ?? null,
      bytes: loaded,
      ttfb_s,
      total_s,
      rate_mbps: rate_mbps(loaded, total_s, ttfb_s),
      outcome: 'ok',
    })
  }

  #onPeer(loaded: { segmentUrl: string; bytesLength: number; peerId: string | undefined }): void {
    this.#state.fetches.push({
      ...beginFetch(loaded.peerId ?? 'peer'),
      source: 'p2p',
      height: this.#identify(fileName(loaded.segmentUrl), null).height,
      bytes: loaded.bytesLength,
      outcome: 'ok',
    })
  }

  /** Finds a segment and its resolution by file name and first byte of the range. */
  #identify(file: string, start_byte: number | null): Pick<SegmentFetch, 'segment' | 'height'> {
    for (const level of this.#hls?.levels ?? []) {
      const inFile = level.details?.fragments.filter((frag) => fileName(frag.url) === file) ?? []
      const frag =
        start_byte === null
          ? inFile.at(0)
          : inFile.find(({ byteRange: [start = 0, end = Infinity] }) => {
              return start <= start_byte && start_byte < end
            })
      if (frag) {
        return { segment: typeof frag.sn === 'number' ? frag.sn : null, height: level.height }
      }
    }
    return { segment: null, height: null }
  }

  #sample(video: HTMLVideoElement): void {
    const [state, now] = [this.#state, now_s()]
    const step_s = video.currentTime - state.position_s
    const elapsed_s = now - this.#advancedAt_s
    state.position_s = video.currentTime
    state.duration_s = Number.isFinite(video.duration) ? video.duration : 0
    state.buffer_s = bufferAhead_s(video)
    const logged_s = state.buffer_log.at(-1)?.at_s ?? -Infinity
    if (!state.ended && now - logged_s >= LOG_S) {
      state.buffer_log.push({ at_s: now, buffer_s: state.buffer_s })
    }
    // A larger step is a seek.
    const advanced = step_s > 0 && step_s < elapsed_s * 2 + 1
    const rests = !advanced && this.#shouldPlay(video)
    if (!rests) this.#advancedAt_s = now
    const wanted_s = Math.min(STARVED_S, state.duration_s - state.position_s)
    this.#starved = rests && (this.#starved || state.buffer_s < wanted_s)
    if (this.#starved && elapsed_s > STALL_AFTER_S) this.#stalled(now)
  }

  #shouldPlay(video: HTMLVideoElement): boolean {
    const { startup_s, ended, gave_up } = this.#state
    const emptied = video.networkState === HTMLMediaElement.NETWORK_EMPTY
    return startup_s !== null && !ended && (gave_up || emptied || !video.paused)
  }

  #stalled(now: number): void {
    const at_s = this.#advancedAt_s
    const { stalls, position_s } = this.#state
    const last = stalls.at(-1)
    if (last?.at_s === at_s) last.length_s = now - at_s
    else stalls.push({ at_s, position_s, length_s: now - at_s })
  }
}

function bufferAhead_s({ buffered, currentTime }: HTMLVideoElement): number {
  for (let i = 0; i < buffered.length; i++) {
    // hls.js skips gaps this small.
    if (buffered.start(i) - 0.1 <= currentTime && currentTime <= buffered.end(i)) {
      return buffered.end(i) - currentTime
    }
  }
  return 0
}
