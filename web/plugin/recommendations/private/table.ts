/** The instance's public table of similar videos, and a video's score by a viewer's history. */
import type { Watched } from '../local-storage.ts'

export interface Table {
  videos: string[]
  /** Popularity of each video; 1000 for the most watched here. */
  popular: number[]
  /** Neighbours of each video: its index in `videos` and the similarity in thousandths, in turn. */
  near: number[][]
}

/** A video's score, and the watched video that adds most to it. */
export interface Score {
  points: number
  because: Watched | null
  popular: number
}

/** The weights with which `reco/scoring/features.py` starts, and the decay of older plays. */
const CO_WATCH = 1.1
const LAST_WATCHED = 0.5
const POPULAR = 1
const FADING = 0.97
const CURVE = 10
/** A play without engagement counts half. */
const UNLIKED = 0.5

/** Scores all videos of the table by a viewer's history, newest last. */
export function scores(table: Table, watched: readonly Watched[]): Map<string, Score> {
  const places = new Map(table.videos.map((video, place) => [video, place]))
  const found = new Map<number, { sum: number; last: number; best: number; because: Watched }>()
  const newestFirst = [...watched].reverse()
  newestFirst.forEach((play, age) => {
    const weight = FADING ** age * (play.liked ? 1 : UNLIKED)
    for (const [place, alike] of pairs(table.near[places.get(play.video) ?? -1] ?? [])) {
      const part = weight * alike
      const known = found.get(place) ?? { sum: 0, last: 0, best: 0, because: play }
      known.sum += part
      if (age === 0) known.last = alike
      if (part > known.best) Object.assign(known, { best: part, because: play })
      found.set(place, known)
    }
  })
  return new Map(
    table.videos.map((video, place) => {
      const { sum = 0, last = 0, because = null } = found.get(place) ?? {}
      const popular = (table.popular[place] ?? 0) / 1000
      const points =
        CO_WATCH * Math.log1p(CURVE * sum) +
        LAST_WATCHED * Math.log1p(CURVE * last) +
        POPULAR * Math.log1p(popular)
      return [video, { points, because, popular }]
    }),
  )
}

function* pairs(near: readonly number[]): Generator<[place: number, alike: number]> {
  for (let at = 0; at + 1 < near.length; at += 2) {
    yield [near[at] ?? 0, (near[at + 1] ?? 0) / 1000]
  }
}

export function isTable(said: unknown): said is Table {
  const { videos, popular, near } = Object(said) as Record<string, unknown>
  return [videos, popular, near].every(Array.isArray)
}
