/** The page that draws the instance's content. */
import { html, need } from '../dom.ts'
import { answerOf } from '../report/service/fetching.ts'
import { count } from '../report/sentences/figures.ts'
import { apply, type Shown } from './graph/choice.ts'
import { connect, type Connected } from './graph/connected.ts'
import type { Content } from './graph/content.ts'
import { Drawing } from './graph/drawing.ts'
import { showExports } from './exports.ts'
import { Filters } from './graph/filters.ts'
import { arrange } from './graph/layout.ts'
import { beginnings, neighbours } from './graph/neighbours.ts'
import { open, say } from './opening.ts'
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
  show(content, connect(content))
}

function show(content: Content, graph: Connected): void {
  const filters = new Filters(content, () => {
    tell(content, apply(graph, filters.choice()))
    drawing?.refresh()
    list(graph, chosen())
  })
  tell(content, apply(graph, filters.choice()))
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

/** What is found, and any neighbour in the list, leads on. */
function followWords(graph: Connected, turnTo: (node: string) => void): void {
  new Search(graph, turnTo)
  need(document, '#chosen').addEventListener('click', ({ target }) => {
    const node = (target as Element).closest<HTMLElement>('[data-node]')?.dataset['node']
    if (node !== undefined) turnTo(node)
  })
}

/** Null when the browser has no WebGL: the list says the same. */
function draw(graph: Connected, choose: (node: string | null) => void): Drawing | null {
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

/** Whoever asked for less motion sees the end of it alone. */
function settle(graph: Connected, drawing: Drawing): void {
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

const list = (graph: Connected, node: string | null): void =>
  need(document, '#chosen').replaceChildren(
    ...(node !== null && graph.hasNode(node) ? neighbours(graph, node) : beginnings(graph)),
  )

const tell = ({ total }: Content, { videos, ties }: Shown): void =>
  say(`${count(videos)} of ${count(total)} videos, ${count(ties)} connections shown.`)

open(load)
