/** Lists of a node's facts and neighbours, for use without the drawing. */
import { html } from '../../dom.ts'
import { count, digits, NBSP } from '../../report/sentences/figures.ts'
import type { ContentGraph, Kind } from './content-graph.ts'
import { nameOf } from './filter-form.ts'
import { iconOf } from './node-icon.ts'

const MOST_LISTED = 40

interface Neighbour {
  node: string
  words: string
  /** Lists are sorted by this, the highest first. */
  rank: number
}

const HEADS: Record<Kind, string> = { video: 'Videos', tag: 'Tags', channel: 'Channel' }
const NAMES: Record<Kind, string> = { video: 'Video', tag: 'Tag', channel: 'Channel' }

export function neighbours(graph: ContentGraph, node: string): HTMLElement[] {
  const { type, label } = graph.getNodeAttributes(node)
  return [
    html('h2', { tabindex: -1 }, iconOf(type), ` ${label}`),
    html('p', {}, factsOf(graph, node)),
    ...lists(graph, node),
  ]
}

/** The list of the most watched videos, when no node is selected. */
export function beginnings(graph: ContentGraph): HTMLElement[] {
  const shown = graph.filterNodes((_, { hidden, video }) => video !== null && !hidden)
  const most = shown.map((node) => neighbour(graph, node, null))
  return [
    html('h2', {}, 'Nothing chosen'),
    html('p', {}, 'Choose a shape in the picture, find one by its name, or begin with these.'),
    ...list('Most watched lately', graph, most),
  ]
}

function factsOf(graph: ContentGraph, node: string): string {
  const { type, video } = graph.getNodeAttributes(node)
  const degree = count(graph.degree(node))
  if (!video) return `${NAMES[type]} of ${degree}${NBSP}of the videos in the picture.`
  const language = video.language === '' ? '' : `, ${nameOf(video.language)}`
  const sensitive = video.nsfw ? ', sensitive' : ''
  return `${NAMES.video}${language}${sensitive}. ${digits(video.plays)}${NBSP}plays here lately, ${count(video.views)}${NBSP}views in all.`
}

function lists(graph: ContentGraph, node: string): HTMLElement[] {
  const groups = new Map<string, Neighbour[]>()
  graph.forEachEdge(node, (_, { alike, hidden }, one, other) => {
    if (hidden) return
    const near = one === node ? other : one
    const kind = graph.getNodeAttribute(near, 'type')
    const head = alike === null ? HEADS[kind] : 'Watched by the same people'
    groups.set(head, [...(groups.get(head) ?? []), neighbour(graph, near, alike)])
  })
  if (groups.size === 0) return [html('p', {}, 'Nothing that is shown is connected with it.')]
  return [...groups].flatMap(([head, near]) => list(head, graph, near))
}

function neighbour(graph: ContentGraph, node: string, alike: number | null): Neighbour {
  const { video } = graph.getNodeAttributes(node)
  if (alike !== null) return { node, words: `${digits(100 * alike)}${NBSP}% alike`, rank: alike }
  if (video) return { node, words: `${digits(video.plays)}${NBSP}plays`, rank: video.plays }
  return { node, words: `${count(graph.degree(node))} videos`, rank: graph.degree(node) }
}

function list(head: string, graph: ContentGraph, near: Neighbour[]): HTMLElement[] {
  const sorted = near.sort((one, other) => other.rank - one.rank)
  const more = sorted.length - MOST_LISTED
  return [
    html('h3', {}, `${head} (${count(sorted.length)})`),
    html('ul', {}, ...sorted.slice(0, MOST_LISTED).map((each) => item(graph, each))),
    ...(more > 0 ? [html('p', { class: 'few' }, `and ${count(more)} more`)] : []),
  ]
}

function item(graph: ContentGraph, { node, words }: Neighbour): HTMLElement {
  const { type, label } = graph.getNodeAttributes(node)
  const button = html('button', { type: 'button', 'data-node': node }, iconOf(type), ` ${label}`)
  return html('li', {}, button, html('small', {}, words))
}
