/**
 * The player page: one player as PeerTube 8.2 builds it, with or without the plugin.
 * Its query parameters are `PlayerParams` of the fleet; its metrics are `window.demo`.
 */
import './stock/node-globals.ts'
import Hls from 'hls.js'
import videojs from 'video.js'
import { AUTHORIZATION, type ServerConfig, type VideoDetails } from '../contract.ts'
import { registerHls, type HlsSource, type HlsWithP2P } from './stock/hls-source.ts'
import type { HlsWithP2PClass, Player } from './stock/hls-source.ts'
import { HookHost } from './stock/hook-host.ts'
import { loadOptions, type ConstructorOptions, type LoadOptions } from './stock/load-options.ts'
import { hlsOptions } from './stock/loader-options.ts'
import { Metrics } from './metrics/metrics.ts'

const MOST_DECODE_RECOVERIES = 20

const params = new URLSearchParams(location.search)
const withPlugin = params.get('mode') === 'mirrorwise'
const embedded = params.get('embed') === '1'
const isPrivate = params.get('private') === '1'
const wish = { p2pEnabled: params.get('p2p') !== 'off', autoplay: params.get('autoplay') !== '0' }

const metrics = new Metrics(withPlugin)
const hooks = new HookHost(embedded ? 'embed' : 'video-watch', isPrivate ? AUTHORIZATION : null)

const LOADERS = {
  previous: () => import('p2p-media-loader-hlsjs-previous'),
  '2.2': () => import('p2p-media-loader-hlsjs'),
  next: () => import('p2p-media-loader-hlsjs-next'),
}
const { HlsJsP2PEngine } = await LOADERS[(params.get('loader') ?? '2.2') as keyof typeof LOADERS]()
// All versions have the same types as far as this page uses them.
const HlsClass = HlsJsP2PEngine.injectMixin(Hls) as unknown as HlsWithP2PClass
registerHls()

async function getJson<T>(path: string): Promise<T> {
  return (await fetch(path)).json() as Promise<T>
}

function constructorOptions(): ConstructorOptions {
  return {
    playerElement: () => document.querySelector('video') as HTMLVideoElement,
    muted: true,
    inactivityTimeout: 2500,
    language: 'en',
    serverUrl: location.origin,
    stunServers: [],
    authorizationHeader: () => AUTHORIZATION,
  }
}

/** One player on the page; after a decoding error it loads the video again, further on. */
class PeerTubePlayer {
  readonly #options: ConstructorOptions
  #player: Player | null = null
  #loaded: LoadOptions | null = null
  #decodeErrors = 0
  #recovering = false

  constructor(options: ConstructorOptions) {
    this.#options = options
  }

  async load(options: LoadOptions): Promise<Player> {
    this.#loaded = options
    const player = (this.#player ??= await this.#build())
    if (player.usingPlugin('p2pMediaLoader')) player.p2pMediaLoader().dispose()
    const { hls, picker, ...built } = hlsOptions(options, this.#options.authorizationHeader())
    const { loader } = await hooks.filter(
      'filter:internal.player.p2p-media-loader.options.result',
      { loader: built.loader },
    )
    this.#recovering = false
    player.p2pMediaLoader({ Hls: HlsClass, src: options.hls.playlistUrl, hls, loader, picker })
    player.autoplay(options.autoplay ? 'play' : false)
    if (options.startTime > 0) player.one('canplay', () => player.currentTime(options.startTime))
    player.trigger('video-change')
    return player
  }

  get source(): HlsSource | undefined {
    return (this.#player?.tech(true) as { hlsProvider?: HlsSource } | undefined)?.hlsProvider
  }

  async #build(): Promise<Player> {
    await deleteDatabases()
    const element = this.#options.playerElement()
    const videojsOptions = await hooks.filter('filter:internal.player.videojs.options.result', {
      html5: { preloadTextTracks: false, nativeTextTracks: false },
      textTrackSettings: false,
      controls: true,
      muted: this.#options.muted,
      preload: 'none',
      fill: true,
      inactivityTimeout: this.#options.inactivityTimeout,
    })
    const player = videojs(element, videojsOptions) as Player
    player.on('error', () => void this.#recover(player))
    player.on('hlsjs-initialized', (_: unknown, { hlsjs }: { hlsjs: HlsWithP2P }) => {
      metrics.watchHls(hlsjs)
    })
    metrics.watchVideo(element)
    return player
  }

  /** After a decoding error PeerTube loads the video again, two seconds further on. */
  async #recover(player: Player): Promise<void> {
    const error = player.error()
    if (!this.#loaded || !error || this.#recovering) return
    const hopeless =
      error.code !== MediaError.MEDIA_ERR_DECODE || this.#decodeErrors === MOST_DECODE_RECOVERIES
    metrics.playerError(`code ${error.code}: ${error.message}`, hopeless)
    if (hopeless) return
    this.#recovering = true
    this.#decodeErrors++
    const startTime = (player.currentTime() ?? 0) + 2
    await this.load({ ...this.#loaded, startTime, autoplay: true })
  }
}

/**
 * Deletes all IndexedDB databases. PeerTube does so, because it once stored segments there.
 * A browser that denies storage to a frame of another site has no databases.
 */
async function deleteDatabases(): Promise<void> {
  const databases = await indexedDB.databases().catch(() => [])
  for (const { name = '' } of databases) indexedDB.deleteDatabase(name)
}

async function loadPlugins(): Promise<void> {
  if (!withPlugin) return
  const config = await getJson<ServerConfig>('/api/v1/config')
  await hooks.load(config.plugin.registered)
}

function getVideo(): Promise<VideoDetails> {
  return getJson(`/demo/video.json${isPrivate ? '?private=1' : ''}`)
}

/** PeerTube's watch page: one player for all videos of a session. */
class WatchPage {
  readonly #player: PeerTubePlayer

  private constructor(options: ConstructorOptions) {
    this.#player = new PeerTubePlayer(options)
  }

  static async enter(): Promise<WatchPage> {
    await loadPlugins()
    hooks.act('action:video-watch.init', undefined)
    return new WatchPage(
      await hooks.filter(
        'filter:internal.video-watch.player.build-options.result',
        constructorOptions(),
        { urlOptions: {} },
      ),
    )
  }

  /** Opens a video; PeerTube also does so when a live begins or ends, or a playlist goes on. */
  async open(details: VideoDetails): Promise<void> {
    const [playlist] = details.streamingPlaylists
    const video = await hooks.filter(
      'filter:api.video-watch.video.get.result',
      { ...details, hasHlsPlaylist: () => true, getHlsPlaylist: () => playlist },
      { videoId: details.uuid },
    )
    hooks.act('action:video-watch.video.loaded', { videojs, video, playlist: null })
    const options = await hooks.filter(
      'filter:internal.video-watch.player.load-options.result',
      loadOptions(video, wish),
      { video, urlOptions: {} },
    )
    hooks.act('action:video-watch.player.loaded', {
      player: await this.#player.load(options),
      playlist: null,
      playlistPosition: undefined,
      videojs,
      video,
    })
  }

  audioOnly(playlist: string): void {
    this.#player.source?.audioOnly(playlist)
  }
}

declare global {
  interface Window {
    /** Lets tests act as the viewer; absent in embeds. */
    watchPage?: WatchPage
  }
}

async function watch(): Promise<void> {
  window.watchPage = await WatchPage.enter()
  await window.watchPage.open(await getVideo())
}

async function embed(): Promise<void> {
  const [video] = await Promise.all([getVideo(), loadPlugins()])
  const player = await new PeerTubePlayer(constructorOptions()).load(loadOptions(video, wish))
  hooks.act('action:embed.player.loaded', { player, videojs, video })
}

await (embedded ? embed() : watch())
