/** Which part of the graph is looked at; the page's own address holds it, so that it can be sent. */
import { channelKey, tagKey, type Connected, type Kind, type Spot } from './connected.ts'

export interface Choice {
  kinds: Set<Kind>
  language: string
  tag: string
  channel: string
  /** Of an edge between videos, 0 to 1. */
  least: number
}

export const KINDS: readonly Kind[] = ['video', 'tag', 'channel']

/** What a form says; no `kind` at all stands for all of them. */
export function choiceOf(fields: URLSearchParams): Choice {
  const kinds = KINDS.filter((kind) => fields.getAll('kind').includes(kind))
  const text = (name: string): string => fields.get(name) ?? ''
  const least = Math.min(Math.max(Number(text('least')) || 0, 0), 1)
  return {
    kinds: new Set(kinds.length > 0 ? kinds : KINDS),
    ...{ language: text('language'), tag: text('tag'), channel: text('channel'), least },
  }
}

export interface Shown {
  videos: number
  ties: number
}

/** Hides what is not chosen: videos, then labels without a video, then edges that lack an end. */
export function apply(graph: Connected, choice: Choice): Shown {
  const shown: Shown = { videos: 0, ties: 0 }
  const fits = new Set(graph.filterNodes((node, spot) => videoFits(graph, node, spot, choice)))
  graph.forEachNode((node, spot) => {
    const inside = fits.has(node) || (!spot.video && graph.someNeighbor(node, (it) => fits.has(it)))
    spot.hidden = !inside || !choice.kinds.has(spot.type)
    if (spot.type === 'video' && !spot.hidden) shown.videos += 1
  })
  graph.forEachEdge((_, tie, __, ___, one, other) => {
    tie.hidden = one.hidden || other.hidden || (tie.alike ?? 1) < choice.least
    if (!tie.hidden) shown.ties += 1
  })
  return shown
}

function videoFits(graph: Connected, node: string, { video }: Spot, choice: Choice): boolean {
  if (!video) return false
  const { language, tag, channel } = choice
  return (
    (language === '' || (video.language || NO_LANGUAGE) === language) &&
    (tag === '' || graph.hasEdge(node, tagKey(tag))) &&
    (channel === '' || graph.hasEdge(node, channelKey(channel)))
  )
}

export const NO_LANGUAGE = 'none'
