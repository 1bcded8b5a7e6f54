/** The search box for nodes, with a list that is used by keyboard: arrows, Enter, Escape. */
import { html, need } from '../../dom.ts'
import type { ContentGraph } from './content-graph.ts'
import { iconOf } from './node-icon.ts'

const MOST_FOUND = 12

export class Search {
  private readonly input = need(document, '#find') as HTMLInputElement
  private readonly list = need(document, '#found')
  private active = 0

  constructor(
    private readonly graph: ContentGraph,
    private readonly choose: (node: string) => void,
  ) {
    this.input.addEventListener('input', () => this.show(find(graph, this.input.value)))
    this.input.addEventListener('blur', () => this.show([]))
    this.input.addEventListener('keydown', (event) => {
      if (this.press(event.key)) event.preventDefault()
    })
    // Before the input loses the focus, and the list with it.
    this.list.addEventListener('pointerdown', (event) => {
      event.preventDefault()
      this.pick((event.target as Element).closest('[role=option]'))
    })
  }

  /** Handles a key; false when it is not one of ours. */
  private press(key: string): boolean {
    if (key === 'Escape') this.show([])
    else if (key === 'ArrowDown') this.mark(this.active + 1)
    else if (key === 'ArrowUp') this.mark(this.active - 1)
    else if (key === 'Enter') this.pick(this.list.children[this.active])
    else return false
    return true
  }

  private show(found: string[]): void {
    this.list.replaceChildren(...found.map((node, index) => option(this.graph, node, index)))
    this.list.hidden = found.length === 0
    this.input.setAttribute('aria-expanded', String(!this.list.hidden))
    this.mark(0)
  }

  private mark(index: number): void {
    const options = [...this.list.children]
    this.active = (index + options.length) % (options.length || 1)
    options.forEach((each, at) => each.setAttribute('aria-selected', String(at === this.active)))
    options[this.active]?.scrollIntoView({ block: 'nearest' })
    this.input.setAttribute('aria-activedescendant', options[this.active]?.id ?? '')
  }

  private pick(option: Element | null | undefined): void {
    if (!(option instanceof HTMLElement)) return
    this.choose(option.dataset['node'] ?? '')
    this.show([])
  }
}

function option(graph: ContentGraph, node: string, index: number): HTMLElement {
  const { type, label } = graph.getNodeAttributes(node)
  const words = html('span', {}, label)
  return html(
    'li',
    { role: 'option', id: `found-${index}`, 'data-node': node },
    iconOf(type),
    words,
  )
}

/** Shown nodes whose label contains all words: those that begin with the first word, then by degree. */
export function find(graph: ContentGraph, typed: string): string[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  const first = words[0]
  if (first === undefined) return []
  const nameOf = (node: string) => graph.getNodeAttribute(node, 'label').toLowerCase()
  const found = graph.filterNodes(
    (_, { label, hidden }) => !hidden && words.every((word) => label.toLowerCase().includes(word)),
  )
  const rank = (node: string) =>
    (nameOf(node).replace('#', '').startsWith(first) ? 1e6 : 0) + graph.degree(node)
  return found.sort((one, other) => rank(other) - rank(one)).slice(0, MOST_FOUND)
}
