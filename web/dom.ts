/** Small helpers to build and update DOM elements. */

type Attributes = Record<string, string | number | boolean | null>
type Child = Node | string

/** Creates an HTML element; `null` and `false` leave an attribute out, `true` sets it empty. */
export function html(tag: string, attributes: Attributes = {}, ...children: Child[]): HTMLElement {
  return build(document.createElement(tag), attributes, children)
}

/** Creates an SVG element; `attributes` as in `html`. */
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

/** Returns a function that redraws `place` when its model, compared as JSON, has changed. */
export function picture<M>(place: Element, draw: (model: M) => Node[]): (model: M) => void {
  let shown = ''
  return (model) => {
    const next = JSON.stringify(model)
    if (next === shown) return
    shown = next
    place.replaceChildren(...draw(model))
  }
}

/** Returns the element that matches the selector; throws when there is none. */
export function need(root: ParentNode, selector: string): HTMLElement {
  const element = root.querySelector<HTMLElement>(selector)
  if (!element) throw new Error(`the page lacks ${selector}`)
  return element
}
