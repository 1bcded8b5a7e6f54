/** One page's visit: watch events, the list "Other videos", and the dialogs. */
import { inOrder } from '../shared/in-order.ts'
import { isPublic, type VideoDetails } from '../shared/video-details.ts'
import { policyOf, STRATEGIES, type Policy } from '../shared/policy.ts'
import { HEADER, formatPreferences } from '../shared/preferences.ts'
import type { Settings } from '../shared/settings.ts'
import { showPreferences } from './preferences-dialog.ts'
import { handle, type Actor, type Scope, type Video } from './candidates.ts'
import { notePlayed, playedHere } from './played.ts'
import { Reranker, type Change, type Rank, type Wanted } from './reranking.ts'
import { Dialog } from './dialog.ts'
import { addButtons } from './list/list-buttons.ts'
import type { ListRequest } from './list/list-request.ts'
import { PrivateList } from './private/private-list.ts'
import { nameVideos, plainly, recommended } from './list/reasons.ts'
import { store, stored, type Mode, type Watched } from './local-storage.ts'
import { TEXT } from './strings.ts'
import {
  drawCoin,
  sendPending,
  preferencesOf,
  report,
  type Coin,
} from './watch-events/reporting.ts'
import { engagement, ViewingMeter } from './watch-events/engagement.ts'
import { showExplanation } from './list/explanation-dialog.ts'

/** The helpers of PeerTube that are used. */
export interface Helpers {
  getSettings(): Promise<Record<string, unknown>>
  getAuthHeader(): Record<string, string> | undefined
  translate(text: string): Promise<string>
}

/** The public video that plays. */
interface Playing {
  uuid: string
  name: string
  watching: ViewingMeter | null
  coin: Coin | null
}

type Details = VideoDetails & {
  name?: unknown
  account?: Actor
  channel?: Actor
  recommendationPolicy?: unknown
}

const MOST_WATCHED = 50
const STEP = 10
/** The same timeout as that of our server part for the service. */
const PATIENCE_MS = 150
/** The list waits no longer for the instance's settings. */
const SETTINGS_MS = 1000
const ROUTER = new URL('../../../router/', import.meta.url).href

export class Visit {
  readonly #helpers: Helpers
  readonly #reranker: Reranker
  readonly #private: PrivateList
  /** The mode of viewers who have not chosen. */
  #usual: Mode = 'off'
  /** The policy of videos that have none of their own. */
  #usualPolicy: Policy = 'any'
  /** Whether something is recommended here; false, too, while that is unknown for too long. */
  readonly #isOn: Promise<boolean>
  #onBegun: (isOn: boolean) => void = () => undefined
  #dialog: Dialog | null = null
  #playing: Playing | null = null
  /** The playing video's own policy, or null, and to whom it belongs, be it public or not. */
  #own: Omit<Scope, 'policy'> & { policy: Policy | null } = { policy: null, owner: '', channel: '' }
  #media: HTMLMediaElement | null = null

  constructor(helpers: Helpers) {
    this.#helpers = helpers
    this.#reranker = new Reranker(() => helpers.getAuthHeader() ?? {})
    this.#private = new PrivateList(ROUTER, this.#reranker)
    this.#isOn = new Promise((done) => {
      this.#onBegun = done
      setTimeout(() => done(false), SETTINGS_MS)
    })
  }

  /** Called when the instance's settings are known; with null where nothing is recommended. */
  begin(settings: Settings | null): void {
    this.#onBegun(settings !== null)
    if (!settings) return
    this.#usual = settings['watch-events'] ? 'shared' : 'off'
    this.#usualPolicy = settings['recommendation-policy']
    this.#watch()
    if (this.#mode === 'shared') void sendPending(ROUTER)
  }

  get #mode(): Mode {
    return stored().mode ?? this.#usual
  }

  /** Called when another video is loaded: ends the previous one. */
  meet(details: Details): void {
    this.settle()
    this.#media = null
    const { uuid, name, account, channel } = details
    this.#own = { policy: policyOf(details), owner: handle(account), channel: handle(channel) }
    this.#playing =
      isPublic(details) && typeof uuid === 'string'
        ? { uuid, name: typeof name === 'string' ? name : uuid, watching: null, coin: null }
        : null
    if (this.#playing) void this.#note(this.#playing.uuid)
  }

  async #note(uuid: string): Promise<void> {
    if (await this.#isOn) notePlayed(uuid)
  }

  watch(player: Element): void {
    this.#media = player.querySelector('video')
    this.#watch()
  }

  /** Starts the meter when player and settings are both known. */
  #watch(): void {
    const [playing, media] = [this.#playing, this.#media]
    if (!playing || playing.watching || !media || this.#mode === 'off') return
    playing.watching = new ViewingMeter(media)
    if (this.#mode !== 'shared') return
    void drawCoin(playing.uuid).then((coin) => (playing.coin = coin))
  }

  settle(): void {
    const playing = this.#playing
    if (!playing?.watching) return
    const liked = engagement(playing.watching.end())
    playing.watching = null
    if (liked === null) return
    const { uuid: video, name, coin } = playing
    if (this.#mode === 'shared' && coin) void report(coin, liked, ROUTER)
    if (this.#mode === 'private') {
      const others = stored().watched.filter((each) => each.video !== video)
      store({ watched: [...others, { video, name, liked }].slice(-MOST_WATCHED) })
    }
  }

  /** Called when PeerTube's page asks for "Other videos". */
  recommend(request: ListRequest): void {
    const { isFallback } = request
    if (this.#mode === 'private') {
      this.#answer(request, (wanted) => this.#private.change(wanted, this.#asWatched))
    } else if (isFallback) {
      const rank = this.#rank()
      this.#answer(request, (wanted) => this.#reranker.change(wanted, rank, PATIENCE_MS))
    } else {
      const [{ length }, { policy }] = [playedHere(), this.#own]
      // In steps, because how many exactly concerns nobody.
      const more = length < 2 ? 0 : STEP * Math.ceil(length / STEP)
      const preferences = { ...preferencesOf(this.#mode), more, ...(policy && { policy }) }
      request.say(HEADER, formatPreferences(preferences))
      this.#answer(request, (wanted) => this.#reranker.fill(wanted))
    }
    request.answered(() => void this.#addButtons())
  }

  #answer(request: ListRequest, change: (wanted: Wanted) => Promise<Change>): void {
    const wanted = async (): Promise<Change> =>
      (await this.#isOn)
        ? change({ url: request.url, played: playedHere(), scope: this.#scope })
        : null
    request.answerWith(wanted())
  }

  get #scope(): Scope {
    return { ...this.#own, policy: this.#own.policy ?? this.#usualPolicy }
  }

  /** The playing video as an entry of the history. */
  get #asWatched(): Watched | null {
    const playing = this.#playing
    return playing && { video: playing.uuid, name: playing.name, liked: true }
  }

  /** Ranks by the service's list, which is fetched while PeerTube looks for videos. */
  #rank(): Rank {
    const listing = this.#recommended()
    return async (videos: Video[]) => {
      const uuids = (await listing)?.map(({ uuid }) => uuid)
      return uuids ? inOrder(videos, uuids) : null
    }
  }

  async #recommended() {
    const playing = this.#playing
    await this.#isOn
    const strategy = STRATEGIES[this.#scope.policy]
    const preferences = new URLSearchParams(formatPreferences(preferencesOf(this.#mode)))
    return playing && recommended({ video: playing.uuid, strategy }, preferences, ROUTER)
  }

  async #addButtons(): Promise<void> {
    const dialog = (this.#dialog ??= new Dialog((text) => this.#helpers.translate(text)))
    const { translator } = dialog
    const { why, open, forYou } = TEXT
    await translator.learn([why, open, forYou])
    const say = (text: string) => translator.say(text)
    addButtons({
      labels: { why: say(why), open: say(open), forYou: say(forYou) },
      why: async (video) => showExplanation(dialog, video, await this.#why(video.uuid)),
      open: () => showPreferences(dialog, this.#mode, ROUTER),
    })
  }

  async #why(uuid: string) {
    if (this.#mode === 'private') return this.#private.why(uuid)
    const playing = this.#playing
    const found = (await this.#recommended())?.find((video) => video.uuid === uuid)
    if (!found || !playing) return null
    return found.recommendation.reasons.map(plainly).map(nameVideos)
  }
}
