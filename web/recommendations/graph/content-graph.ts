/** Builds the graph of videos, tags and channels, with weights and initial positions. */
import { UndirectedGraph } from 'graphology'
import type { Content, Video } from './content.ts'

export type Kind = 'video' | 'tag' | 'channel'

/** Attributes of a node; `type` selects its shape. */
export interface NodeAttributes {
  type: Kind
  label: string
  x: number
  y: number
  size: number
  hidden: boolean
  /** Null for tags and channels. */
  video: Video | null
}

/** Attributes of an edge; `alike` is the similarity, 0 to 1, or null at a tag or a channel. */
export interface EdgeAttributes {
  alike: number | null
  /** Attraction in the layout. */
  weight: number
  hidden: boolean
}

export type ContentGraph = UndirectedGraph<NodeAttributes, EdgeAttributes>

export const tagKey = (tag: string): string => `tag:${tag}`
export const channelKey = (channel: string): string => `channel:${channel}`
const videoKey = ({ id }: Video): string => `video:${id}`

/** With up to this number of videos, nodes have their full size. */
const ROOMY = 1600

export function buildGraph(content: Content): ContentGraph {
  const graph: ContentGraph = new UndirectedGraph()
  const most = Math.max(...content.videos.map(({ plays }) => plays), 1)
  // With more videos nodes are smaller, so that they can be told apart.
  const scale = Math.min(1, Math.sqrt(ROOMY / content.videos.length))
  content.channels.forEach((name, index) => {
    graph.addNode(channelKey(name), spot('channel', name, spiral(index), 5 * scale))
  })
  for (const video of content.videos) {
    const size = scale * (2.5 + 8 * Math.sqrt(video.plays / most))
    const place = around(spiral(video.channel), graph.order)
    graph.addNode(videoKey(video), { ...spot('video', video.name, place, size), video })
  }
  content.tags.forEach((name, index) => {
    graph.addNode(tagKey(name), spot('tag', `#${name}`, spiral(index), 4 * scale))
  })
  tie(graph, content)
  return graph
}

function tie(graph: ContentGraph, { videos, channels, tags, edges }: Content): void {
  const keys = videos.map(videoKey)
  for (const [one, other, alike] of edges) {
    const share = alike / 1000
    graph.addEdge(keys[one], keys[other], { alike: share, weight: 2 * share, hidden: false })
  }
  for (const video of videos) {
    link(graph, video, channelKey(channels[video.channel] ?? ''))
    for (const tag of video.tags) link(graph, video, tagKey(tags[tag] ?? ''))
  }
  for (const each of [...tags.map(tagKey), ...channels.map(channelKey)]) {
    const degree = graph.degree(each)
    // Common tags and channels weigh less, or else they would pull all nodes into one heap.
    graph.forEachEdge(each, (edge) => {
      graph.setEdgeAttribute(edge, 'weight', 1 / Math.sqrt(degree))
    })
  }
}

const link = (graph: ContentGraph, video: Video, label: string): unknown =>
  graph.addEdge(videoKey(video), label, { alike: null, weight: 1, hidden: false })

type Place = [x: number, y: number]

const spot = (type: Kind, label: string, [x, y]: Place, size: number): NodeAttributes => {
  return { type, label, x, y, size, hidden: false, video: null }
}

const GOLDEN = Math.PI * (3 - Math.sqrt(5))

/** Initial positions on a spiral: distinct, and the same at every visit. */
const spiral = (index: number): Place => {
  const far = 100 * Math.sqrt(index + 0.5)
  return [far * Math.cos(index * GOLDEN), far * Math.sin(index * GOLDEN)]
}

const around = ([x, y]: Place, index: number): Place => {
  const far = 40 * Math.sqrt((index % 97) / 97)
  return [x + far * Math.cos(index * GOLDEN), y + far * Math.sin(index * GOLDEN)]
}
