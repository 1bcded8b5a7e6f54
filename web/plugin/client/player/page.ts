/** What PeerTube tells us of its player, in the order in which it does, and what we make of it. */
import { lookOn } from './control.ts'
import { playsByScript } from './device.ts'
import type { CircuitBreaker } from '../courier/circuit-breaker.ts'
import { MAX_MIRRORS, type Mirror } from '../courier/hosts.ts'
import { HashList, listRequest, NO_DIGESTS } from '../courier/integrity.ts'
import { Load } from '../courier/load.ts'
import { History } from '../panel/history.ts'
import { isOn } from '../panel/power.ts'
import type { PanelSources } from '../panel/sources.ts'
import { translateInEmbed, SPOKEN } from '../panel/embed-words.ts'
import type { PagePlanner } from '../planner/planner.ts'
import type { Reporter } from '../reports.ts'
import type { HlsView } from '../courier/playback.ts'
import { readSettings } from '../../shared/settings.ts'
import {
  loadOf,
  originInits,
  stockPatience,
  takeOver,
  type LoaderOptions,
  type RequestSetup,
} from './setup.ts'
import { askForVideo, videoOf } from './video.ts'
import { isPublic } from '../../shared/video-details.ts'
import type { LoadOptions, Video } from './video.ts'
import type { VideoDetails } from '../../shared/video-details.ts'
import { Visit } from './visit.ts'
import { withPatience } from '../courier/timeouts.ts'

/**
 * A hook is waited for: who has not learnt by then what the admin has set, what the video is and
 * how today's coin fell, leaves the player as it was.
 */
const PATIENCE_S = 2

/** What the page's own scripts get, as `detail` of a `mirrorwise` event on `window`. */
export interface Handle {
  playlistUrl: string
  load: Load
  planner: PagePlanner
  reporter: Reporter | null
}

export interface Helpers {
  getSettings(): Promise<Record<string, unknown>>
  translate(text: string): Promise<string>
}

export interface LoaderPayload {
  loader: LoaderOptions
}

/** The part of video.js's player that is used. */
export interface Player {
  el(): Element
  on(event: string, listener: (event: unknown, data: { hlsjs: Hls }) => void): void
  p2pMediaLoader?: () => { getHLSJS?: () => Hls | undefined }
  usingPlugin?: (name: string) => boolean
}

type Hls = HlsView & {
  p2pEngine?: {
    getConfig(): { core: { mainStream?: { httpRequestSetup?: RequestSetup } } }
    applyDynamicConfig(change: { core: LoaderOptions }): void
  }
}

/** One load of one video. */
interface Viewing {
  visit: Visit
  /** Null when there is nothing to choose from. */
  video: Video | null
  mirrors: Mirror[]
  isOn: boolean
  inControl: boolean
}

type Choice = Viewing & { video: Video }

export class Page {
  readonly #breaker: CircuitBreaker
  readonly #helpers: Helpers
  /** Null when the admin has switched us off, or PeerTube does not say. */
  readonly #visit: Promise<Visit | null>
  readonly #players = new WeakSet<Player>()
  /** What PeerTube has last said of a video. */
  #details: VideoDetails = {}
  /** What the load options have announced; those of embeds are not to be seen. */
  #expected: { playlistUrl: unknown; video: Video | null } | null = null
  /** Of what has been loaded last, until the first frame is there. */
  #begun: { visit: Visit; hasChoice: boolean; panel: PanelSources } | null = null
  /** What plays now, and what its loader was to be like. */
  #hls: Hls | null = null
  #stock: LoaderOptions | null = null

  constructor(breaker: CircuitBreaker, helpers: Helpers) {
    this.#breaker = breaker
    this.#helpers = helpers
    this.#visit = playsByScript() ? enter(helpers, breaker) : Promise.resolve(null)
    void breaker.opened.then(() => this.#restore())
  }

  meet(details: VideoDetails): VideoDetails {
    this.#details = details
    return details
  }

  expect(options: LoadOptions): LoadOptions {
    const { hls = {}, isLive, videoUUID } = options
    const known = this.#details.uuid === videoUUID && isPublic(this.#details)
    this.#expected = { playlistUrl: hls.playlistUrl, video: videoOf(hls, isLive, known) }
    return options
  }

  /** Takes the loader over; leaves it untouched when there is nothing to choose. */
  async equip(payload: LoaderPayload): Promise<LoaderPayload> {
    const { loader } = payload
    this.#begun = null
    // PeerTube may register a script twice.
    if (loadOf(loader.httpRequestSetup)) return payload
    const viewing = await withPatience(PATIENCE_S, this.#prepare(loader))
    return viewing ? { ...payload, loader: this.#begin(viewing, loader) } : payload
  }

  attach(player: Player): void {
    if (this.#players.has(player)) return
    this.#players.add(player)
    const quietly = (ours: () => unknown): void => void this.#breaker.guard(ours, () => undefined)
    player.on('hlsjs-initialized', (_, { hlsjs }) => quietly(() => this.#watch(hlsjs)))
    player.on('loadeddata', () => quietly(() => this.#onFirstFrame(player)))
    // The event may have passed before PeerTube told us of the player.
    const running = player.usingPlugin?.('p2pMediaLoader') && player.p2pMediaLoader?.().getHLSJS?.()
    if (running) this.#watch(running)
  }

  async #prepare(loader: LoaderOptions): Promise<Viewing | null> {
    const visit = await this.#visit
    if (!visit) return null
    const video = await this.#videoOf(loader, visit)
    const mirrors = video ? visit.allowed(video.mirrors) : []
    const viewing = { visit, video, mirrors, isOn: isOn(), inControl: false }
    if (mirrors.length === 0) return { ...viewing, video: null }
    return { ...viewing, inControl: viewing.isOn && (await visit.inControl()) }
  }

  async #videoOf(
    { swarmId, httpRequestSetup }: LoaderOptions,
    visit: Visit,
  ): Promise<Video | null> {
    if (swarmId === undefined) return null
    if (this.#expected?.playlistUrl === swarmId) return this.#expected.video
    // Only embeds do not say what they are going to load.
    if (!visit.settings.embeds) return null
    try {
      return await askForVideo(swarmId, originInits(httpRequestSetup, MAX_MIRRORS))
    } catch (error) {
      console.warn('mirrorwise: the mirrors of this video are not known:', error)
      return null
    }
  }

  #begin(viewing: Viewing, loader: LoaderOptions): LoaderOptions {
    const { visit, video, mirrors, isOn, inControl } = viewing
    const choice = video && { ...viewing, video }
    const load = choice && isOn && !inControl ? this.#loadOf(choice, loader) : null
    const words = this.#expected ? wordsOf(this.#helpers) : EMBED_WORDS
    const panel = { ...sources(viewing, load), ...words }
    this.#begun = { visit, hasChoice: video !== null, panel }
    if (!video || !isOn) return loader
    visit.learnFromFleet([new URL(video.playlistUrl).origin, ...mirrors.map(({ host }) => host)])
    if (!load) return lookOn(loader, new Load(mirrors, NO_DIGESTS, video.isPublic), visit.courier)
    this.#stock = stockPatience(loader)
    return takeOver(
      loader,
      load,
      visit.courier,
      originInits(loader.httpRequestSetup, mirrors.length),
    )
  }

  #loadOf({ visit, video, mirrors }: Choice, loader: LoaderOptions): Load {
    const { segmentsSha256Url, playlistUrl } = video
    const init = originInits(loader.httpRequestSetup, mirrors.length)
    const hashes = new HashList(async () =>
      listRequest(segmentsSha256Url, await init(segmentsSha256Url)),
    )
    const load = new Load(mirrors, hashes, video.isPublic)
    const { planner, reporter } = visit
    const handle: Handle = { playlistUrl, load, planner, reporter }
    dispatchEvent(new CustomEvent('mirrorwise', { detail: handle }))
    return load
  }

  /** Tells the load, known by the setup it was given, which hls.js plays it. */
  #watch(hls: Hls): void {
    const load = loadOf(hls.p2pEngine?.getConfig().core.mainStream?.httpRequestSetup)
    load?.view.watch(hls)
    this.#hls = load ? hls : null
  }

  async #onFirstFrame(player: Player): Promise<void> {
    if (!this.#begun) return
    const { visit, hasChoice, panel } = this.#begun
    this.#begun = null
    if (hasChoice && panel.isOn) visit.planner.start()
    const { mountPanel } = await import('../panel/panel.ts')
    mountPanel(player, panel, hasChoice)
  }

  /** A loader that is running keeps its options; those that can be changed are changed back. */
  #restore(): void {
    if (this.#stock) this.#hls?.p2pEngine?.applyDynamicConfig({ core: this.#stock })
  }
}

async function enter(helpers: Helpers, breaker: CircuitBreaker): Promise<Visit | null> {
  try {
    const { settings } = readSettings(await helpers.getSettings())
    return settings.enabled ? new Visit(settings, breaker) : null
  } catch (error) {
    console.warn('mirrorwise: the settings are not known:', error)
    return null
  }
}

type PanelWords = Pick<PanelSources, 'language' | 'isFluent' | 'translate'>

const EMBED_WORDS: PanelWords = { language: SPOKEN, isFluent: false, translate: translateInEmbed }

const wordsOf = (helpers: Helpers): PanelWords => ({
  language: document.documentElement.lang,
  isFluent: true,
  translate: (text) => helpers.translate(text),
})

function sources(viewing: Viewing, load: Load | null): Omit<PanelSources, keyof PanelWords> {
  const { visit, video, inControl, isOn } = viewing
  return {
    history: load && new History(load.events),
    planner: visit.wantsEngine ? visit.planner : null,
    reporter: visit.reporter,
    isPublic: video?.isPublic ?? true,
    inControl,
    isOn,
    isOver: () => visit.isOver || !isOn,
    turn: (on) => visit.turn(on),
  }
}
