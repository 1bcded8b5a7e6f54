/**
 * The worker that scores videos in private mode. Not on the page's thread, because the table of
 * neighbours has some megabytes.
 */
import { fetchJson } from '../fetch-json.ts'
import type { Watched } from '../local-storage.ts'
import { isTable, scores, type Score, type Table } from './table.ts'

export interface Asked {
  /** Address of the table of neighbours. */
  url: string
  /** Newest last. */
  watched: Watched[]
  videos: string[]
}

/** Scores of the videos that the table knows; null while there is no table. */
export type Scored = Map<string, Score> | null

let table: Promise<Table | null> | null = null

addEventListener('message', ({ data, ports: [port] }: MessageEvent<Asked>) => {
  void scored(data).then((found) => port?.postMessage(found))
})

async function scored({ url, watched, videos }: Asked): Promise<Scored> {
  const known = await (table ??= load(url))
  // A missing table is not remembered, so the next call tries again.
  if (!known) table = null
  if (!known) return null
  const all = scores(known, watched)
  const found = videos.map((video) => [video, all.get(video)] as const)
  return new Map(found.filter((each): each is [string, Score] => each[1] !== undefined))
}

async function load(url: string): Promise<Table | null> {
  const said = await fetchJson(url)
  return isTable(said) ? said : null
}
