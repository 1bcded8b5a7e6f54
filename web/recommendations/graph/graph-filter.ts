/** Filters the graph by kind, language, tag, channel and similarity, from the query string. */
import {
  channelKey,
  tagKey,
  type ContentGraph,
  type Kind,
  type NodeAttributes,
} from './content-graph.ts'

export interface GraphFilter {
  kinds: Set<Kind>
  language: string
  tag: string
  channel: string
  /** Least similarity of an edge between videos, 0 to 1. */
  least: number
}

export const KINDS: readonly Kind[] = ['video', 'tag', 'channel']

/** The filter of a form's fields; no `kind` stands for all kinds. */
export function filterOf(fields: URLSearchParams): GraphFilter {
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

/** Hides videos that the filter excludes, labels without a video, and edges without both ends. */
export function applyFilter(graph: ContentGraph, choice: GraphFilter): Shown {
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

function videoFits(
  graph: ContentGraph,
  node: string,
  { video }: NodeAttributes,
  choice: GraphFilter,
): boolean {
  if (!video) return false
  const { language, tag, channel } = choice
  return (
    (language === '' || (video.language || NO_LANGUAGE) === language) &&
    (tag === '' || graph.hasEdge(node, tagKey(tag))) &&
    (channel === '' || graph.hasEdge(node, channelKey(channel)))
  )
}

export const NO_LANGUAGE = 'none'
