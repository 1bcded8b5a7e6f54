/** The worker that lays the graph out by ForceAtlas2 (Jacomy et al., 2014). */
import iterate from 'graphology-layout-forceatlas2/iterate.js'
import { VALUES_EACH, type Arranged, type Arrangement } from './graph/layout.ts'

/** Time between two updates: drawing 5,000 nodes without a graphics card takes some 300 ms. */
const BETWEEN_MS = 1000

addEventListener('message', ({ data }: MessageEvent<Arrangement>) => {
  const { settings, nodes, edges, steps } = data
  let next = performance.now()
  for (let step = 1; step <= steps; step++) {
    iterate(settings, nodes, edges)
    if (performance.now() < next && step < steps) continue
    tell({ places: placesOf(nodes), part: step / steps })
    next = performance.now() + BETWEEN_MS
  }
})

function tell(arranged: Arranged): void {
  postMessage(arranged, { transfer: [arranged.places.buffer] })
}

function placesOf(nodes: Float32Array): Arranged['places'] {
  const places = new Float32Array((2 * nodes.length) / VALUES_EACH)
  for (let index = 0; index < places.length / 2; index++) {
    places[2 * index] = nodes[index * VALUES_EACH] ?? 0
    places[2 * index + 1] = nodes[index * VALUES_EACH + 1] ?? 0
  }
  return places
}
