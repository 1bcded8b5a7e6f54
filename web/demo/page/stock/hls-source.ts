/** Connects video.js and hls.js, and recovers from errors, as PeerTube's player does. */
import Hls, { type ErrorData, type HlsConfig } from 'hls.js'
import type { CoreConfig } from 'p2p-media-loader-core'
import type { HlsJsP2PEngine, HlsWithP2PInstance } from 'p2p-media-loader-hlsjs'
import videojs from 'video.js'
import type VideojsPlayer from 'video.js/dist/types/player'
import { rememberBandwidth } from './loader-options.ts'
import type { RandomPicker } from './redundancy.ts'

export type HlsWithP2P = HlsWithP2PInstance<Hls>
export type HlsWithP2PClass = ReturnType<typeof HlsJsP2PEngine.injectMixin>

export interface SourceOptions {
  Hls: HlsWithP2PClass
  src: string
  hls: Partial<HlsConfig>
  loader: CoreConfig
  picker: RandomPicker
}

/** A video.js player with the plugin below. */
export type Player = VideojsPlayer & { p2pMediaLoader(options?: SourceOptions): P2pMediaLoader }

/** The part of a video.js tech that a source handler touches. */
interface Tech {
  el(): HTMLVideoElement
  error(): unknown
  trigger(event: string): void
  options_: { playerId: string }
  hlsProvider?: HlsSource
}

const TYPE = 'application/x-mpegURL'
const MOST_NETWORK_RECOVERIES = 5

const VideojsPlugin = videojs.getPlugin('plugin') as unknown as new (player: Player) => {
  readonly player: Player
  dispose(): void
}

/** The video.js plugin that plays one video by hls.js with p2p-media-loader. */
class P2pMediaLoader extends VideojsPlugin {
  declare options: SourceOptions
  declare hls: HlsWithP2P | undefined

  constructor(player: Player, options: SourceOptions) {
    super(player)
    this.options = options
    player.src({ type: TYPE, src: options.src })
  }

  override dispose(): void {
    this.hls?.p2pEngine.destroy()
    this.hls?.destroy()
    super.dispose()
  }

  getHLSJS(): HlsWithP2P | undefined {
    return this.hls
  }

  start(): HlsWithP2P {
    this.hls?.p2pEngine.destroy()
    const { Hls: HlsClass, hls: config, loader, picker } = this.options
    const hls = (this.hls = new HlsClass({ ...config, p2p: { core: loader } }) as HlsWithP2P)
    hls.p2pEngine.addEventListener('onSegmentError', ({ downloadSource, segment }) => {
      if (downloadSource === 'http') picker.onError(segment.url)
    })
    hls.p2pEngine.addEventListener('onSegmentLoaded', ({ downloadSource, segmentUrl }) => {
      if (downloadSource === 'http') picker.onSuccess(segmentUrl)
    })
    const remembering = setInterval(() => rememberBandwidth(hls.bandwidthEstimate), 1000)
    hls.once(Hls.Events.DESTROYING, () => clearInterval(remembering))
    this.player.trigger('hlsjs-initialized', { hlsjs: hls })
    return hls
  }
}

export function registerHls(): void {
  videojs.registerPlugin('p2pMediaLoader', P2pMediaLoader)
  const html5 = videojs.getTech('Html5') as unknown as {
    registerSourceHandler(handler: object, index: number): void
  }
  html5.registerSourceHandler(
    {
      canHandleSource: ({ type }: { type: string }) => (type === TYPE ? 'probably' : ''),
      handleSource: (source: { src: string }, tech: Tech) =>
        (tech.hlsProvider = new HlsSource(source.src, tech)),
    },
    0,
  )
}

export class HlsSource {
  readonly #tech: Tech
  readonly #video: HTMLVideoElement
  #hls!: HlsWithP2P
  readonly #errors = new Map<string, number>()
  readonly #startLoad = (): void => {
    this.#hls.startLoad(-1)
    this.#video.removeEventListener('play', this.#startLoad)
  }

  constructor(src: string, tech: Tech) {
    this.#tech = tech
    this.#video = tech.el()
    this.#video.addEventListener('play', this.#startLoad)
    this.#play(src)
  }

  /** Switches to sound alone: a second hls.js with the same options at the same position. */
  audioOnly(playlist: string): void {
    this.dispose()
    this.#play(playlist)
    this.#hls.startLoad(this.#video.currentTime)
  }

  #play(src: string): void {
    const player = videojs(this.#tech.options_.playerId) as Player
    this.#hls = player.p2pMediaLoader().start()
    this.#hls.on(Hls.Events.ERROR, (_, data) => this.#onError(data))
    this.#hls.once(Hls.Events.FRAG_LOADED, () => this.#tech.trigger('loadedmetadata'))
    this.#hls.attachMedia(this.#video)
    this.#hls.loadSource(src)
  }

  duration(): number {
    return Number.isNaN(this.#video.duration) ? 0 : this.#video.duration
  }

  seekable(): TimeRanges {
    return this.#video.seekable
  }

  dispose(): void {
    this.#video.removeEventListener('play', this.#startLoad)
    this.#hls.destroy()
  }

  #onError(data: ErrorData): void {
    const count = (this.#errors.get(data.type) ?? 0) + 1
    this.#errors.set(data.type, count)
    if (data.type === Hls.ErrorTypes.NETWORK_ERROR) this.#recoverNetwork(count)
    else if (data.fatal && data.type === Hls.ErrorTypes.MEDIA_ERROR) this.#recoverMedia(count)
    else if (data.fatal) this.#giveUp(MediaError.MEDIA_ERR_SRC_NOT_SUPPORTED)
  }

  #recoverNetwork(count: number): void {
    if (count > MOST_NETWORK_RECOVERIES) {
      this.#giveUp(MediaError.MEDIA_ERR_NETWORK)
      return
    }
    setTimeout(() => this.#hls.startLoad(), 1000)
    this.#hls.once(Hls.Events.FRAG_LOADED, () => this.#errors.set(Hls.ErrorTypes.NETWORK_ERROR, 0))
  }

  #recoverMedia(count: number): void {
    if (count > 2) {
      this.#giveUp(MediaError.MEDIA_ERR_DECODE)
      return
    }
    if (count === 2) this.#hls.swapAudioCodec()
    this.#hls.recoverMediaError()
  }

  /** Removes the current resolution; raises the player's error if no other one is left. */
  #giveUp(code: number): void {
    if (this.#hls.levels.length > 1) {
      this.#hls.removeLevel(this.#hls.loadLevel)
      this.#hls.currentLevel = -1
      return
    }
    this.#hls.destroy()
    this.#tech.error = () => ({ code, message: 'hls.js cannot go on' })
    this.#tech.trigger('error')
  }
}
