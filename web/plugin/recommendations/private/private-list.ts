/**
 * Private mode: the list is ranked on this device. The requests do not depend on the viewer's
 * history: the table of neighbours, candidate videos, and thumbnails with decoys.
 */
import type { Video } from '../candidates.ts'
import type { Reranker, Wanted } from '../reranking.ts'
import type { Asked, Scored } from './scorer.ts'
import { stored, type Watched } from '../local-storage.ts'
import type { Score } from './table.ts'

/** The worker's program, defined by the build, because PeerTube serves registered files only. */
declare const __MIRRORWISE_SCORER__: string

/** Timeout of ranking, for which the page waits: the table may still be on its way. */
const PATIENCE_MS = 500
/** Decoy thumbnails that are fetched per shown thumbnail. */
const DECOYS_EACH = 4
/** Places in ten for rare videos, when the wish for surprise is 1. */
const CHANCES = 2
/** A rare video has less than this share of the most watched video's plays. */
const RARE = 0.1
/** Widths of PeerTube's thumbnails, on small and other screens. */
const PICTURE_PX = { small: 850, other: 280 }
const SMALL_SCREEN_PX = 500

export class PrivateList {
  readonly #reranker: Reranker
  readonly #url: string
  #worker: Worker | null = null
  #scores: Map<string, Score> = new Map()

  constructor(router: string, reranker: Reranker) {
    this.#url = `${router}recommendations/neighbours`
    this.#reranker = reranker
  }

  /**
   * Returns a function that changes PeerTube's answer while `playing` plays; null when ranking
   * takes longer than `PATIENCE_MS`.
   */
  change(wanted: Wanted, playing: Watched | null) {
    const count = Number(wanted.url.searchParams.get('count'))
    const { watched, without } = stored()
    const history = [...watched, ...(playing ? [playing] : [])]
    // Starts the download of the table while PeerTube looks for videos.
    void this.#score(history, [])
    const rank = async (videos: Video[]) => {
      const list = await this.rank(videos, history, [...wanted.played, ...without])
      if (list) fetchWithDecoys(list.slice(0, count), videos)
      return list
    }
    return this.#reranker.change(wanted, rank, PATIENCE_MS)
  }

  /** Ranks videos, those last that are in the history or `seen`; null while there is no table. */
  async rank<V extends Video>(
    videos: V[],
    history: Watched[],
    seen: readonly string[],
  ): Promise<V[] | null> {
    const scores = await this.#score(history, videos)
    if (!scores) return null
    this.#scores = scores
    const { watched, surprise } = stored()
    const known = new Set([...seen, ...watched.map(({ video }) => video)])
    const isNew = ({ uuid }: Video) => !known.has(uuid)
    const ranked = this.#ranked(videos.filter(isNew), surprise)
    return [...ranked, ...videos.filter((video) => !isNew(video))]
  }

  /** The score of a video in the list; null when it is not in the table. */
  why(uuid: string): Score | null {
    return this.#scores.get(uuid) ?? null
  }

  #score(watched: Watched[], videos: Video[]): Promise<Scored> {
    const worker = (this.#worker ??= startWorker())
    const { port1, port2 } = new MessageChannel()
    return new Promise((done) => {
      port1.onmessage = ({ data }: MessageEvent<Scored>) => done(data)
      worker.addEventListener('error', () => done(null))
      const asked: Asked = { url: this.#url, watched, videos: videos.map(({ uuid }) => uuid) }
      worker.postMessage(asked, [port2])
    })
  }

  #ranked<V extends Video>(videos: V[], surprise: number): V[] {
    const score = ({ uuid }: Video) => this.#scores.get(uuid)
    const points = (video: V) => score(video)?.points ?? 0
    const best = [...videos].sort((one, other) => points(other) - points(one))
    const chances = Math.floor(CHANCES * surprise)
    if (chances === 0) return best
    const rare = shuffled(best.filter((video) => (score(video)?.popular ?? 0) < RARE))
    const each = Math.ceil(10 / (2 * chances))
    rare.slice(0, chances).forEach((video, i) => {
      best.splice(best.indexOf(video), 1)
      best.splice((i + 1) * each - 1, 0, video)
    })
    return best
  }
}

function startWorker(): Worker {
  const url = URL.createObjectURL(new Blob([__MIRRORWISE_SCORER__], { type: 'text/javascript' }))
  return new Worker(url, { type: 'module' })
}

/** Fetches the shown thumbnails among decoys, so that the server cannot tell which are shown. */
export function fetchWithDecoys(shown: Video[], all: Video[]): void {
  const others = shuffled(all.filter((video) => !shown.includes(video)))
  for (const video of shuffled([...shown, ...others.slice(0, DECOYS_EACH * shown.length)])) {
    const url = pictureOf(video)
    if (url) new Image().src = url
  }
}

/** The thumbnail that PeerTube's list shows: the narrowest that is wide enough, else the widest. */
export function pictureOf({ thumbnails = [], thumbnailPath }: Video): string | undefined {
  const wanted_px = innerWidth < SMALL_SCREEN_PX ? PICTURE_PX.small : PICTURE_PX.other
  const wide = thumbnails.filter(({ aspectRatio }) => aspectRatio === '16:9')
  const byWidth = wide.sort((one, other) => one.width - other.width)
  const found = byWidth.find(({ width }) => width >= wanted_px) ?? byWidth.at(-1)
  return found?.fileUrl ?? thumbnailPath
}

const shuffled = <T>(items: T[]): T[] =>
  items
    .map((item) => [Math.random(), item] as const)
    .sort(([one], [other]) => one - other)
    .map(([, item]) => item)
