/**
 * Re-ranks PeerTube's list "Other videos". The candidates are videos that PeerTube itself would
 * show to this viewer, so blocked and muted videos stay out.
 */
import { timeLimit } from '../shared/time-limit.ts'
import { fetchJson } from './fetch-json.ts'

export interface Video {
  uuid: string
  thumbnailPath?: string
  thumbnails?: { width: number; aspectRatio: string; fileUrl: string }[]
}

/** Orders videos, best first; null when no ranking is known. */
export type Rank = (videos: Video[]) => Promise<Video[] | null>

/**
 * Sizes of the two queries for candidates: the page's own query with more videos, and the most
 * viewed videos.
 */
const MORE = 30
const MOST_VIEWED = 100
const PATIENCE_MS = 1000

export class Reranker {
  readonly #headers: () => Record<string, string>
  readonly #known = new Map<string, Video[]>()

  constructor(headers: () => Record<string, string>) {
    this.#headers = headers
  }

  /**
   * Returns a function that changes PeerTube's answer; null when ranking takes longer than
   * `patience_ms`.
   */
  async change(asked: URL, rank: Rank, patience_ms: number) {
    const videos = await this.#videos(asked)
    const late = new Promise<null>((done) => setTimeout(() => done(null), patience_ms))
    const ranked = videos.length > 0 ? await Promise.race([rank(videos), late]) : null
    if (!ranked) return null
    const data = ranked.slice(0, Number(asked.searchParams.get('count')))
    return (text: string) => JSON.stringify({ ...(JSON.parse(text) as object), data })
  }

  async #videos(asked: URL): Promise<Video[]> {
    const [more, viewed] = [new URL(asked), new URL(asked)]
    more.searchParams.set('count', String(MORE))
    viewed.searchParams.delete('tagsOneOf')
    viewed.searchParams.set('sort', '-views')
    viewed.searchParams.set('count', String(MOST_VIEWED))
    const found = await Promise.all([this.#ask(more.href), this.#ask(viewed.href)])
    return [...new Map(found.flat().map((video) => [video.uuid, video])).values()]
  }

  async #ask(url: string): Promise<Video[]> {
    const known = this.#known.get(url)
    if (known) return known
    const said = await timeLimit(PATIENCE_MS, (signal) =>
      fetchJson(url, { headers: this.#headers(), signal }),
    )
    const { data } = Object(said) as { data?: Video[] }
    if (!Array.isArray(data)) return []
    this.#known.set(url, data)
    return data
  }
}
