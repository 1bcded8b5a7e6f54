/** One page's stay: what is watched, what is asked for, what is told. */
import { isPublic, type VideoDetails } from '../shared/video-details.ts'
import { HEADER, writeWishes } from '../shared/wishes.ts'
import { showChoices } from './choices.ts'
import { Choosing, type Video } from './list/choosing.ts'
import { Dialog } from './dialog.ts'
import { addLinks } from './list/links.ts'
import type { OtherVideos } from './list/other-videos.ts'
import { PrivateList } from './private/private-list.ts'
import { nameVideos, plainly, recommended } from './list/reasons.ts'
import { keep, kept, type Mode, type Watched } from './telling/shelf.ts'
import { TEXT } from './strings.ts'
import { flip, send, tell, toldLately, type Coin } from './telling/telling.ts'
import { engagement, Watching } from './telling/watching.ts'
import { showWhy } from './list/why.ts'

/** The part of PeerTube's helpers that is used. */
export interface Helpers {
  getSettings(): Promise<Record<string, unknown>>
  getAuthHeader(): Record<string, string> | undefined
  translate(text: string): Promise<string>
}

/** A public video that plays. */
interface Playing {
  uuid: string
  name: string
  watching: Watching | null
  coin: Coin | null
}

const MOST_WATCHED = 50
/** As long as our server part waits for the service. */
const PATIENCE_MS = 150
const ROUTER = new URL('../../../router/', import.meta.url).href

export class Visit {
  readonly #helpers: Helpers
  readonly #choosing: Choosing
  readonly #private: PrivateList
  /** Unless the viewer has chosen. */
  #usual: Mode = 'off'
  #dialog: Dialog | null = null
  #playing: Playing | null = null
  #media: HTMLMediaElement | null = null

  constructor(helpers: Helpers) {
    this.#helpers = helpers
    this.#choosing = new Choosing(() => helpers.getAuthHeader() ?? {})
    this.#private = new PrivateList(ROUTER, this.#choosing)
  }

  /** The instance's settings are known. */
  begin(everybody: boolean): void {
    this.#usual = everybody ? 'shared' : 'off'
    this.#watch()
    if (this.#mode === 'shared') void send(ROUTER)
  }

  get #mode(): Mode {
    return kept().mode ?? this.#usual
  }

  /** Another video comes: what was seen of the last one is settled. */
  meet(details: VideoDetails & { name?: unknown }): void {
    this.settle()
    this.#media = null
    const { uuid, name } = details
    this.#playing =
      isPublic(details) && typeof uuid === 'string'
        ? { uuid, name: typeof name === 'string' ? name : uuid, watching: null, coin: null }
        : null
  }

  watch(player: Element): void {
    this.#media = player.querySelector('video')
    this.#watch()
  }

  /** Player and settings may come in any order. */
  #watch(): void {
    const [playing, media] = [this.#playing, this.#media]
    if (!playing || playing.watching || !media || this.#mode === 'off') return
    playing.watching = new Watching(media)
    if (this.#mode !== 'shared') return
    void flip(playing.uuid).then((coin) => (playing.coin = coin))
  }

  settle(): void {
    const playing = this.#playing
    if (!playing?.watching) return
    const liked = engagement(playing.watching.end())
    playing.watching = null
    if (liked === null) return
    const { uuid: video, name, coin } = playing
    if (this.#mode === 'shared' && coin) void tell(coin, liked, ROUTER)
    if (this.#mode === 'private') {
      const others = kept().watched.filter((each) => each.video !== video)
      keep({ watched: [...others, { video, name, liked }].slice(-MOST_WATCHED) })
    }
  }

  /** PeerTube's page asks for "Other videos". */
  recommend(request: OtherVideos): void {
    const { url, isFallback } = request
    if (this.#mode === 'private') request.answerWith(this.#private.change(url, this.#asWatched))
    else if (isFallback) request.answerWith(this.#choosing.change(url, this.#rank(), PATIENCE_MS))
    else request.say(HEADER, writeWishes(this.#wishes))
    request.answered(() => void this.#addLinks())
  }

  /** The video that plays, as what it will be in the end. */
  get #asWatched(): Watched | null {
    const playing = this.#playing
    return playing && { video: playing.uuid, name: playing.name, liked: true }
  }

  /** By the service's list, which comes while PeerTube looks for videos. */
  #rank() {
    const listing = this.#recommended()
    return async (videos: Video[]) => {
      const listed = await listing
      const places = new Map(listed?.map(({ uuid }, place) => [uuid, place]))
      const place = ({ uuid }: Video) => places.get(uuid) ?? places.size
      return listed && [...videos].sort((one, other) => place(one) - place(other))
    }
  }

  async #recommended() {
    const playing = this.#playing
    const wishes = new URLSearchParams(writeWishes(this.#wishes))
    return playing && recommended(playing.uuid, wishes, ROUTER)
  }

  get #wishes() {
    const { token, surprise, without } = kept()
    const viewer = this.#mode === 'shared' && token ? { viewer: token } : {}
    return { ...viewer, surprise, without: [...toldLately(), ...without] }
  }

  async #addLinks(): Promise<void> {
    const dialog = (this.#dialog ??= new Dialog((text) => this.#helpers.translate(text)))
    await dialog.words.learn([TEXT.why, TEXT.open])
    addLinks({
      words: { why: dialog.words.say(TEXT.why), open: dialog.words.say(TEXT.open) },
      why: async (video) => showWhy(dialog, video, await this.#why(video.uuid)),
      open: () => showChoices(dialog, this.#mode, ROUTER),
    })
  }

  async #why(uuid: string) {
    if (this.#mode === 'private') return this.#private.why(uuid)
    const playing = this.#playing
    const found = (await this.#recommended())?.find((video) => video.uuid === uuid)
    if (!found || !playing) return null
    const reasons = found.recommendation.reasons.map(plainly)
    return nameVideos(reasons, new Map([[playing.uuid, playing.name]]))
  }
}
