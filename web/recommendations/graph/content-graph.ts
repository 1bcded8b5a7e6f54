/** The content as a graph: what is a node, what is an edge, and where each begins to lie. */
import { UndirectedGraph } from 'graphology'
import type { Content, Video } from './content.ts'

export type Kind = 'video' | 'tag' | 'channel'

/** `type` is the shape that is drawn. */
export interface Spot {
  type: Kind
  label: string
  x: number
  y: number
  size: number
  hidden: boolean
  /** Only of videos. */
  video: Video | null
}

/** `alike` is 0 to 1, or null of an edge to a tag or a channel. */
export interface Tie {
  alike: number | null
  /** How strongly it pulls. */
  weight: number
  hidden: boolean
}

export type Connected = UndirectedGraph<Spot, Tie>

export const tagKey = (tag: string): string => `tag:${tag}`
export const channelKey = (channel: string): string => `channel:${channel}`
const videoKey = ({ id }: Video): string => `video:${id}`

/** So many videos leave room for large dots. */
const ROOMY = 1600

export function connect(content: Content): Connected {
  const graph: Connected = new UndirectedGraph()
  const most = Math.max(...content.videos.map(({ plays }) => plays), 1)
  // The more there are, the smaller each, so that they can be told apart.
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

function tie(graph: Connected, { videos, channels, tags, edges }: Content): void {
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
    // A label that everything bears says little: else it would pull all into one heap.
    graph.forEachEdge(each, (edge) => {
      graph.setEdgeAttribute(edge, 'weight', 1 / Math.sqrt(degree))
    })
  }
}

const link = (graph: Connected, video: Video, label: string): unknown =>
  graph.addEdge(videoKey(video), label, { alike: null, weight: 1, hidden: false })

type Place = [x: number, y: number]

const spot = (type: Kind, label: string, [x, y]: Place, size: number): Spot => {
  return { type, label, x, y, size, hidden: false, video: null }
}

const GOLDEN = Math.PI * (3 - Math.sqrt(5))

/** Places that never coincide and are the same at every visit. */
const spiral = (index: number): Place => {
  const far = 100 * Math.sqrt(index + 0.5)
  return [far * Math.cos(index * GOLDEN), far * Math.sin(index * GOLDEN)]
}

const around = ([x, y]: Place, index: number): Place => {
  const far = 40 * Math.sqrt((index % 97) / 97)
  return [x + far * Math.cos(index * GOLDEN), y + far * Math.sin(index * GOLDEN)]
}
