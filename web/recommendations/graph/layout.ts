/** Runs the layout of the graph in a worker, so that the page stays responsive. */
import { inferSettings, type ForceAtlas2Settings } from 'graphology-layout-forceatlas2'
import defaults from 'graphology-layout-forceatlas2/defaults.js'
import { graphToByteArrays } from 'graphology-layout-forceatlas2/helpers.js'
import type { ContentGraph } from './content-graph.ts'

/** Values per node in ForceAtlas2's array; the first two are x and y. */
export const VALUES_EACH = 10

export interface Arrangement {
  settings: ForceAtlas2Settings
  nodes: Float32Array
  edges: Float32Array
  steps: number
}

/** Positions: x and y of each node in the graph's order, and the share of steps that are done. */
export interface Arranged {
  places: Float32Array<ArrayBuffer>
  part: number
}

/** Enough steps for thousands of nodes. */
const STEPS = 250

export function arrange(graph: ContentGraph, moved: (arranged: Arranged) => void): void {
  const worker = new Worker('layout-worker.js', { type: 'module' })
  worker.addEventListener('message', ({ data }: MessageEvent<Arranged>) => {
    moved(data)
    if (data.part === 1) worker.terminate()
  })
  const settings = { ...defaults, ...inferSettings(graph.order) }
  const matrices = graphToByteArrays(graph, (_, { weight }) => weight)
  const { nodes, edges } = matrices
  worker.postMessage({ settings, nodes, edges, steps: STEPS } satisfies Arrangement, {
    transfer: [nodes.buffer, edges.buffer],
  })
}
