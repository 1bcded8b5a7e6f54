/**
 * Changes PeerTube's list "Other videos": orders it by a ranking, keeps it to a policy, and leads
 * to no video again that was opened in this tab while there are others.
 */
import { timeLimit } from '../shared/time-limit.ts'
import { fetchJson } from './fetch-json.ts'
import { distinct, isWithin, toFill, toRank, type Scope, type Video } from './candidates.ts'
import { unplayedFirst } from './played.ts'

/** Orders videos, best first; null when no ranking is known. */
export type Rank = (videos: Video[]) => Promise<Video[] | null>

/** A list that PeerTube's page asks for. */
export interface Wanted {
  url: URL
  scope: Scope
  /** Videos opened in this tab, the one that plays last. */
  played: readonly string[]
}

/** Changes PeerTube's answer; null leaves it as it is. */
export type Change = ((text: string) => string) | null

const PATIENCE_MS = 1000

export class Reranker {
  readonly #headers: () => Record<string, string>
  readonly #known = new Map<string, Video[]>()

  constructor(headers: () => Record<string, string>) {
    this.#headers = headers
  }

  /** Returns a function that changes PeerTube's answer by a ranking made within `patience_ms`. */
  async change(wanted: Wanted, rank: Rank, patience_ms: number): Promise<Change> {
    const videos = await this.#ask(toRank(wanted.url, wanted.scope))
    const late = new Promise<null>((done) => setTimeout(() => done(null), patience_ms))
    const ranked = videos.length > 0 ? await Promise.race([rank(videos), late]) : null
    return ranked ? changing(wanted, () => ranked) : this.fill(wanted)
  }

  /**
   * Returns a function that fills PeerTube's answer up with videos that were not opened in this
   * tab; null where the answer is good as it is.
   */
  async fill(wanted: Wanted): Promise<Change> {
    if (wanted.scope.policy === 'any' && wanted.played.length < 2) return null
    const more = await this.#ask(toFill(wanted.url, wanted.scope))
    return changing(wanted, (own) => [...own, ...more])
  }

  async #ask(urls: URL[]): Promise<Video[]> {
    const found = await Promise.all(urls.map((url) => this.#askOne(url.href)))
    return distinct(found.flat())
  }

  async #askOne(url: string): Promise<Video[]> {
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

function changing({ url, scope, played }: Wanted, list: (own: Video[]) => Video[]): Change {
  return (text) => {
    const said = JSON.parse(text) as { data: Video[] }
    const within = distinct(list(said.data)).filter((video) => isWithin(video, scope))
    const data = unplayedFirst(within, played).slice(0, Number(url.searchParams.get('count')))
    return JSON.stringify({ ...said, data })
  }
}
