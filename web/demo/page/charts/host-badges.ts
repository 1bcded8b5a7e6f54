/** How a host is told apart: by its letter first, then by colour and pattern. */
import type { HostState } from '../../contract.ts'
import { html } from '../../../dom.ts'

export interface Face {
  name: string
  letter: string
  /** CSS class with the colour and the pattern. */
  style: string
}

const STYLES = 5

export class Faces {
  readonly #faces = new Map<string, Face>()

  constructor(hosts: HostState[]) {
    hosts.forEach(({ host, name }, i) => {
      const letter = name.slice(0, 1).toUpperCase()
      this.#faces.set(host, { name, letter, style: `host-${i % STYLES}` })
    })
  }

  of(host: string): Face {
    return this.#faces.get(canonical(host)) ?? { name: 'a peer', letter: '⇄', style: 'host-peer' }
  }

  /** In the fleet's order, origin first. */
  get known(): [host: string, face: Face][] {
    return [...this.#faces]
  }
}

/** All hosts of the demo are on 127.0.0.1; one visitor comes to the origin by its other name. */
export function canonical(host: string): string {
  return host.replace('//localhost:', '//127.0.0.1:')
}

export function badge({ letter, style }: Face): HTMLElement {
  return html('span', { class: `badge ${style}`, 'aria-hidden': 'true' }, letter)
}
