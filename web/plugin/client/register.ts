/** Where PeerTube's player meets the courier. */
import { Courier } from './courier.ts'
import { MAX_MIRRORS } from './hosts.ts'
import { HashList, listRequest } from './integrity.ts'
import { Load } from './load.ts'
import { MemoryStore } from './memory.ts'
import { PagePlanner } from './planner.ts'
import type { HlsView } from './player.ts'
import { loadOf, originInits, takeOver, type LoaderOptions, type RequestSetup } from './setup.ts'
import { askForVideo, videoOf, type LoadOptions, type Video } from './video.ts'

/** Put in by the build: where the engine's worker lies, as seen from this script. */
declare const __MIRRORWISE_ENGINE__: { worker: string; version: string } | undefined

/** What the page's own scripts get, as `detail` of a `mirrorwise` event on `window`. */
export interface Handle {
  playlistUrl: string
  load: Load
  planner: PagePlanner
}

interface RegisterOptions {
  registerHook: (hook: { target: string; handler: (payload: never) => unknown }) => void
}

interface LoaderPayload {
  loader: LoaderOptions
}

/** The part of video.js's player that is used. */
interface Player {
  on(event: string, listener: (event: unknown, data: { hlsjs: Hls }) => void): void
  one(event: string, listener: () => void): void
  p2pMediaLoader?: () => { getHLSJS?: () => Hls | undefined }
  usingPlugin?: (name: string) => boolean
}

type Hls = HlsView & {
  p2pEngine?: {
    getConfig(): { core: { mainStream?: { httpRequestSetup?: RequestSetup } } }
  }
}

export function register({ registerHook }: RegisterOptions): void {
  const page = new Page()
  registerHook({
    target: 'filter:internal.video-watch.player.load-options.result',
    handler: (options: LoadOptions) => page.expect(options),
  })
  registerHook({
    target: 'filter:internal.player.p2p-media-loader.options.result',
    handler: (payload: LoaderPayload) => page.equip(payload),
  })
  for (const place of ['video-watch', 'embed']) {
    registerHook({
      target: `action:${place}.player.loaded`,
      handler: ({ player }: { player: Player }) => page.attach(player),
    })
  }
}

class Page {
  /** What the load options have announced; those of embeds are not to be seen. */
  #expected: { playlistUrl: unknown; video: Video | null } | null = null
  readonly #players = new WeakSet<Player>()
  #courier: Courier | null = null
  #planner: PagePlanner | null = null

  expect(options: LoadOptions): LoadOptions {
    const { playlistUrl, segmentsSha256Url, redundancyBaseUrls } = options.hls ?? {}
    const video = videoOf(playlistUrl, segmentsSha256Url, redundancyBaseUrls, options.isLive)
    this.#expected = { playlistUrl, video }
    return options
  }

  /** Takes the loader over; leaves it untouched when there is nothing to choose. */
  async equip(payload: LoaderPayload): Promise<LoaderPayload> {
    const { loader } = payload
    // PeerTube may register a script twice.
    if (loadOf(loader.httpRequestSetup)) return payload
    const video = await this.#videoOf(loader)
    if (!video) return payload
    const planner = (this.#planner ??= openPlanner())
    const courier = (this.#courier ??= new Courier(planner))
    const { playlistUrl, segmentsSha256Url, mirrors } = video
    const init = originInits(loader.httpRequestSetup, mirrors.length)
    const hashes = new HashList(async () =>
      listRequest(segmentsSha256Url, await init(segmentsSha256Url)),
    )
    const load = new Load(mirrors, hashes)
    const handle: Handle = { playlistUrl, load, planner }
    dispatchEvent(new CustomEvent('mirrorwise', { detail: handle }))
    return { ...payload, loader: takeOver(loader, load, courier, init) }
  }

  attach(player: Player): void {
    if (this.#players.has(player)) return
    this.#players.add(player)
    player.on('hlsjs-initialized', (_, { hlsjs }) => watch(hlsjs))
    // The event may have passed before PeerTube told us of the player.
    const running = player.usingPlugin?.('p2pMediaLoader') && player.p2pMediaLoader?.().getHLSJS?.()
    if (running) watch(running)
    player.one('loadeddata', () => this.#planner?.start())
  }

  async #videoOf({ swarmId, httpRequestSetup }: LoaderOptions): Promise<Video | null> {
    if (swarmId === undefined) return null
    if (this.#expected?.playlistUrl === swarmId) return this.#expected.video
    try {
      return await askForVideo(swarmId, originInits(httpRequestSetup, MAX_MIRRORS))
    } catch (error) {
      console.warn('mirrorwise: the mirrors of this video are not known:', error)
      return null
    }
  }
}

/** Everything of the page that outlives a video. */
function openPlanner(): PagePlanner {
  const engine = typeof __MIRRORWISE_ENGINE__ === 'undefined' ? null : __MIRRORWISE_ENGINE__
  const planner = new PagePlanner(
    new MemoryStore(),
    engine && (() => new Worker(new URL(engine.worker, import.meta.url), { type: 'module' })),
  )
  addEventListener('pagehide', () => planner.save())
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') void planner.remember()
  })
  return planner
}

/** Tells the load, known by the setup it was given, which hls.js plays it. */
function watch(hls: Hls): void {
  loadOf(hls.p2pEngine?.getConfig().core.mainStream?.httpRequestSetup)?.view.watch(hls)
}
