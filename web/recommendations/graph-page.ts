/** The graph page: the instance's videos, tags and channels, drawn and as lists. */
import { html, need } from '../dom.ts'
import { answerOf } from '../report/service/api-client.ts'
import { count } from '../report/sentences/figures.ts'
import { applyFilter, type Shown } from './graph/graph-filter.ts'
import { buildGraph, type ContentGraph } from './graph/content-graph.ts'
import type { Content } from './graph/content.ts'
import { Drawing } from './graph/drawing.ts'
import { showExports } from './exports.ts'
import { FilterForm } from './graph/filter-form.ts'
import { arrange } from './graph/layout.ts'
import { beginnings, neighbours } from './graph/neighbours.ts'
import { open, say } from './start-page.ts'
import { Search } from './graph/search.ts'

const GRAPH = '../api/v1/operator/graph'

async function load(): Promise<void> {
  const content = (await (await answerOf(GRAPH)).json()) as Content
  if (content.videos.length === 0) {
    say('No public videos are known yet: the service looks at PeerTube every few minutes.')
    return
  }
  for (const part of ['#filters', '#graph']) need(document, part).hidden = false
  showExports({ json: () => JSON.stringify(content) }, 'mirrorwise-graph')
  show(content, buildGraph(content))
}

function show(content: Content, graph: ContentGraph): void {
  const filters = new FilterForm(content, () => {
    tell(content, applyFilter(graph, filters.choice()))
    drawing?.refresh()
    list(graph, chosen())
  })
  tell(content, applyFilter(graph, filters.choice()))
  const choose = (node: string | null) => {
    history.replaceState(null, '', node === null ? '#' : `#${encodeURIComponent(node)}`)
    drawing?.choose(node)
    list(graph, node)
  }
  const drawing = draw(graph, choose)
  const first = chosen()
  if (first !== null && graph.hasNode(first)) choose(first)
  else list(graph, null)
  followWords(graph, (node) => {
    choose(node)
    drawing?.centre(node)
    need(document, '#chosen h2').focus()
  })
  if (drawing) settle(graph, drawing)
}

/** Selects a node when its search result or its name in a list is clicked. */
function followWords(graph: ContentGraph, turnTo: (node: string) => void): void {
  new Search(graph, turnTo)
  need(document, '#chosen').addEventListener('click', ({ target }) => {
    const node = (target as Element).closest<HTMLElement>('[data-node]')?.dataset['node']
    if (node !== undefined) turnTo(node)
  })
}

/** The drawing, or null when the browser has no WebGL and only the lists are shown. */
function draw(graph: ContentGraph, choose: (node: string | null) => void): Drawing | null {
  try {
    const drawing = new Drawing(need(document, '#picture'), graph, choose)
    for (const button of document.querySelectorAll<HTMLElement>('[data-zoom]')) {
      const by = button.dataset['zoom'] as Parameters<Drawing['zoom']>[0]
      button.addEventListener('click', () => drawing.zoom(by))
    }
    return drawing
  } catch {
    const words = 'This browser cannot draw the picture (it lacks WebGL); the lists hold the same.'
    need(document, '#picture').replaceWith(html('p', {}, words))
    return null
  }
}

/** Runs the layout, and animates it unless the user prefers reduced motion. */
function settle(graph: ContentGraph, drawing: Drawing): void {
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches
  const progress = need(document, '#settling') as HTMLProgressElement
  arrange(graph, (arranged) => {
    progress.value = arranged.part
    progress.hidden = arranged.part === 1
    if (!still || arranged.part === 1) drawing.move(arranged)
  })
}

function chosen(): string | null {
  try {
    return decodeURIComponent(location.hash.slice(1)) || null
  } catch {
    return null
  }
}

const list = (graph: ContentGraph, node: string | null): void =>
  need(document, '#chosen').replaceChildren(
    ...(node !== null && graph.hasNode(node) ? neighbours(graph, node) : beginnings(graph)),
  )

const tell = ({ total }: Content, { videos, ties }: Shown): void =>
  say(`${count(videos)} of ${count(total)} videos, ${count(ties)} connections shown.`)

open(load)
