/** The search box for nodes, with a list of results for the keyboard: arrows, Enter, Escape. */
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
    // A click would come too late: the list closes when the input loses the focus.
    this.list.addEventListener('pointerdown', (event) => {
      event.preventDefault()
      this.pick((event.target as Element).closest('[role=option]'))
    })
  }

  /** Handles a key; false if the list does not use it. */
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

/**
 * Shown nodes whose label contains all words, sorted by degree. Labels that begin with the first
 * word come first.
 */
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
