/** Handlers of PeerTube's hooks around its player, in the order in which PeerTube calls them. */
import { observeStock } from './control-group.ts'
import { playsByScript } from './device.ts'
import { GoneOrigin } from './gone-origin.ts'
import type { CircuitBreaker } from '../courier/circuit-breaker.ts'
import { MAX_MIRRORS, type Mirror } from '../courier/video/hosts.ts'
import { HashList, NO_DIGESTS } from '../courier/video/integrity.ts'
import { Load } from '../courier/load.ts'
import { tellOtherTabsToForget } from '../other-tabs.ts'
import { History } from '../panel/history.ts'
import { isOptedOut } from '../panel/opt-out.ts'
import type { PanelSources } from '../panel/sources.ts'
import type { PagePlanner } from '../planner/planner.ts'
import type { Reporter } from '../reports.ts'
import type { HlsView } from '../courier/video/playback.ts'
import { isSupported } from '../../shared/browser-support.ts'
import { settingsOfPage } from '../../shared/page-settings.ts'
import { readSettings } from '../../shared/settings.ts'
import type { Engine, LoaderOptions } from '../p2p-media-loader.ts'
import type { Live } from '../live/live.ts'
import { beginLive } from './broadcast.ts'
import { loadOf, originInits, stockPatience, takeOver } from './loader-options.ts'
import { askForVideo, broadcastOf, NOTHING, uuidOf, videoOf } from './video.ts'
import type { Known, LoadOptions, Video } from './video.ts'
import type { VideoDetails } from '../../shared/video-details.ts'
import { ROUTER, Visit } from './visit.ts'
import { withPatience } from '../courier/timeouts.ts'

/**
 * Timeout of the hook, for which PeerTube waits. If settings, video and today's coin are not known
 * by then, the player stays unchanged.
 */
const PATIENCE_S = 2

/** Beside this script: see `web/build/layout.ts`. */
const PANEL = new URL('panel.js', import.meta.url).href

/** `detail` of the event `mirrorwise` on `window`, for the page's own scripts. */
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

/** The fields of video.js's player that are used. */
export interface Player {
  el(): Element
  on(event: string, listener: (event: unknown, data: { hlsjs: Hls }) => void): void
  p2pMediaLoader?: () => { getHLSJS?: () => Hls | undefined }
  usingPlugin?: (name: string) => boolean
}

type Hls = HlsView & { p2pEngine?: Engine }

/** One load of one video into a player, and how its hosts are picked. */
interface Viewing {
  visit: Visit
  /** Null when there are no mirrors to choose from. */
  video: Video | null
  mirrors: Mirror[]
  live: Live | null
  /** A live that its viewers share out, and that is not left alone. */
  isShared: boolean
  isOn: boolean
  inControl: boolean
}

type Choice = Viewing & { video: Video }

export class Page {
  readonly #breaker: CircuitBreaker
  readonly #helpers: Helpers
  /** Null when the admin has switched us off, or the settings cannot be read. */
  readonly #visit: Promise<Visit | null>
  readonly #players = new WeakSet<Player>()
  /** The video's details that PeerTube loaded last. */
  #details: VideoDetails = {}
  /** The video by the load options, which embeds do not pass to plugins. */
  #expected: ({ playlistUrl: unknown } & Known) | null = null
  /** The latest load, until its first frame. */
  #begun: {
    visit: Visit
    hasChoice: boolean
    hasPanel: boolean
    panel: PanelSources
  } | null = null
  /** The hls.js that plays now, and the loader option to restore in it. */
  #hls: Hls | null = null
  #stock: LoaderOptions | null = null
  #live: Live | null = null

  constructor(breaker: CircuitBreaker, helpers: Helpers) {
    this.#breaker = breaker
    this.#helpers = helpers
    this.#visit = isSupported() && playsByScript() ? enter(helpers, breaker) : Promise.resolve(null)
    void breaker.opened.then(() => this.#restore())
  }

  onVideo(details: VideoDetails): VideoDetails {
    this.#details = details
    void this.#visit.then((visit) => visit?.published?.expect(details))
    return details
  }

  onLoadOptions(options: LoadOptions): LoadOptions {
    const { hls = {}, isLive, videoUUID } = options
    const details = this.#details.uuid === videoUUID ? this.#details : {}
    this.#expected = {
      playlistUrl: hls.playlistUrl,
      video: videoOf(hls, isLive, details),
      broadcast: broadcastOf(hls, isLive),
    }
    return options
  }

  /** Replaces the loader's options; untouched are those of a video that has no mirrors. */
  async onLoaderOptions(payload: LoaderPayload): Promise<LoaderPayload> {
    const { loader } = payload
    this.#begun = null
    // PeerTube may register a script twice.
    if (loadOf(loader.httpRequestSetup)) return payload
    const viewing = await withPatience(PATIENCE_S, this.#prepare(loader))
    return viewing ? { ...payload, loader: this.#begin(viewing, loader) } : payload
  }

  onPlayer(player: Player): void {
    if (this.#players.has(player)) return
    this.#players.add(player)
    void this.#visit.then((visit) => visit?.playerCame())
    const quietly = (ours: () => unknown): void => void this.#breaker.guard(ours, () => undefined)
    player.on('hlsjs-initialized', (_, { hlsjs }) => quietly(() => this.#watch(hlsjs)))
    player.on('dispose', () => void this.#visit.then((visit) => visit?.playerLeft()))
    player.on('loadeddata', () => quietly(() => this.#onFirstFrame(player)))
    // The event may have been emitted before this hook.
    const running = player.usingPlugin?.('p2pMediaLoader') && player.p2pMediaLoader?.().getHLSJS?.()
    if (running) this.#watch(running)
  }

  async #prepare(loader: LoaderOptions): Promise<Viewing | null> {
    const visit = await this.#visit
    if (!visit) return null
    const { video, broadcast } = await this.#known(loader, visit)
    const mirrors = video ? await visit.allowed(video) : []
    const isOn = !isOptedOut()
    const live = broadcast && isOn ? await beginLive(loader, broadcast, this.#breaker) : null
    // Who has turned us off in a live turns us on again by the panel.
    const isShared = live !== null || (!isOn && broadcast !== null && !loader.isP2PDisabled)
    const viewing = { visit, video, mirrors, live, isShared, isOn, inControl: false }
    if (mirrors.length === 0) return { ...viewing, video: null }
    return { ...viewing, inControl: viewing.isOn && (await visit.inControl()) }
  }

  async #known({ swarmId, httpRequestSetup }: LoaderOptions, visit: Visit): Promise<Known> {
    if (swarmId === undefined) return NOTHING
    if (this.#expected?.playlistUrl === swarmId) return this.#expected
    // Only embeds come here without load options.
    if (!visit.settings.embeds) return NOTHING
    try {
      return await askForVideo(swarmId, originInits(httpRequestSetup, MAX_MIRRORS))
    } catch (error) {
      console.warn('mirrorwise: the mirrors of this video are not known:', error)
      return NOTHING
    }
  }

  #begin(viewing: Viewing, loader: LoaderOptions): LoaderOptions {
    const { visit, video, mirrors, live, isShared, isOn, inControl } = viewing
    this.#live = live
    const choice = video && { ...viewing, video }
    const ours = choice && isOn && !inControl ? choice : null
    const gone = ours && goneOriginOf(ours)
    const load = ours && this.#loadOf(ours, loader, gone)
    const translate = (text: string): Promise<string> => this.#helpers.translate(text)
    const panel = {
      ...sources(viewing, load, gone),
      translate: this.#expected ? translate : null,
    }
    const hasChoice = video !== null
    this.#begun = { visit, hasChoice, hasPanel: hasChoice || isShared, panel }
    if (!video || !isOn) return live?.options ?? loader
    visit.learnFromFleet([new URL(video.playlistUrl).origin, ...mirrors.map(({ host }) => host)])
    if (!load)
      return observeStock(loader, new Load(mirrors, NO_DIGESTS, video.isPublic), visit.courier)
    this.#stock = stockPatience(loader)
    return takeOver(
      loader,
      load,
      visit.courier,
      originInits(loader.httpRequestSetup, mirrors.length),
    )
  }

  #loadOf({ visit, video, mirrors }: Choice, loader: LoaderOptions, gone: GoneOrigin | null): Load {
    const { segmentsSha256Url, playlistUrl } = video
    const init = originInits(loader.httpRequestSetup, mirrors.length)
    const hashes = new HashList(async (signal) => {
      const asking = { ...(await init(segmentsSha256Url)), signal }
      return gone?.digests(segmentsSha256Url, asking) ?? fetch(segmentsSha256Url, asking)
    })
    const load = new Load(mirrors, hashes, video.isPublic)
    const { planner, reporter } = visit
    const handle: Handle = { playlistUrl, load, planner, reporter }
    dispatchEvent(new CustomEvent('mirrorwise', { detail: handle }))
    return load
  }

  /** Connects hls.js with its load, which is found by the request setup. */
  #watch(hls: Hls): void {
    if (hls.p2pEngine) this.#live?.watch(hls.p2pEngine)
    const load = loadOf(hls.p2pEngine?.getConfig().core.mainStream?.httpRequestSetup)
    load?.view.watch(hls)
    this.#hls = load ? hls : null
  }

  async #onFirstFrame(player: Player): Promise<void> {
    if (!this.#begun) return
    const { visit, hasChoice, hasPanel, panel } = this.#begun
    this.#begun = null
    if (hasChoice && panel.isOn) visit.planner.start()
    const { mountPanel } = (await import(PANEL)) as typeof import('../panel/panel.ts')
    mountPanel(player, panel, hasPanel)
  }

  /** Restores PeerTube's options in a running loader, as far as they can be changed. */
  #restore(): void {
    if (this.#stock) this.#hls?.p2pEngine?.applyDynamicConfig({ core: this.#stock })
  }
}

async function enter(helpers: Helpers, breaker: CircuitBreaker): Promise<Visit | null> {
  try {
    const { settings } = readSettings(await settingsOfPage(helpers))
    return settings.enabled ? new Visit(settings, breaker) : null
  } catch (error) {
    console.warn('mirrorwise: the settings are not known:', error)
    return null
  }
}

/** Other instances' public videos, whose small files this one may have kept. */
function goneOriginOf({ visit, video }: Choice): GoneOrigin | null {
  const { playlistUrl, isPublic } = video
  const uuid = uuidOf(playlistUrl)
  const isRemote = new URL(playlistUrl).origin !== location.origin
  return visit.settings['keep-playlists'] && isPublic && isRemote && uuid
    ? GoneOrigin.watch(playlistUrl, `${ROUTER}kept/${uuid}/`)
    : null
}

function sources(
  viewing: Viewing,
  load: Load | null,
  gone: GoneOrigin | null,
): Omit<PanelSources, 'translate'> {
  const { visit, video, live, inControl, isOn } = viewing
  const history = load && new History(load.events)
  visit.forgotten.on(() => history?.forget())
  return {
    live,
    history,
    planner: visit.wantsEngine ? visit.planner : null,
    reporter: visit.reporter,
    isPublic: video?.isPublic ?? true,
    inControl,
    isOn,
    isOver: () => visit.isOver || !isOn,
    isOriginGone: () => gone?.isGone ?? false,
    turn: (on) => visit.turn(on),
    tellOtherTabsToForget: () => {
      // What is held back would be learned a moment later.
      visit.courier.link.wasDown()
      tellOtherTabsToForget()
    },
  }
}
