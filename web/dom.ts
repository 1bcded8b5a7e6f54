/** Small helpers to build and update DOM elements. */

type Attributes = Record<string, string | number | boolean | null>
type Child = Node | string

/** Creates an HTML element; `null` and `false` leave an attribute out, `true` sets it empty. */
export function html(tag: string, attributes: Attributes = {}, ...children: Child[]): HTMLElement {
  return build(document.createElement(tag), attributes, children)
}

export function svg(tag: string, attributes: Attributes = {}, ...children: Child[]): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag)
  return build(element, attributes, children)
}

function build<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false)
      element.setAttribute(name, value === true ? '' : `${value}`)
  }
  element.append(...children)
  return element
}

/** A function that redraws `place` when the model has changed (compared as JSON). */
export function picture<M>(place: Element, draw: (model: M) => Node[]): (model: M) => void {
  let shown = ''
  return (model) => {
    const next = JSON.stringify(model)
    if (next === shown) return
    shown = next
    place.replaceChildren(...draw(model))
  }
}

/** The element of a selector that must be there. */
export function need(root: ParentNode, selector: string): HTMLElement {
  const element = root.querySelector<HTMLElement>(selector)
  if (!element) throw new Error(`the page lacks ${selector}`)
  return element
}
