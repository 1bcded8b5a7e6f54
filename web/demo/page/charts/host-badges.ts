/** Badges of hosts: a letter, and a colour with a pattern. */
import type { HostState } from '../../contract.ts'
import { html } from '../../../dom.ts'

export interface HostBadge {
  name: string
  letter: string
  /** CSS class with the colour and the pattern. */
  style: string
}

const STYLES = 5

export class HostBadges {
  readonly #badges = new Map<string, HostBadge>()

  constructor(hosts: HostState[]) {
    hosts.forEach(({ host, name }, i) => {
      const letter = name.slice(0, 1).toUpperCase()
      this.#badges.set(host, { name, letter, style: `host-${i % STYLES}` })
    })
  }

  of(host: string): HostBadge {
    return this.#badges.get(canonical(host)) ?? { name: 'a peer', letter: '⇄', style: 'host-peer' }
  }

  /** In the fleet's order, origin first. */
  get known(): [host: string, badge: HostBadge][] {
    return [...this.#badges]
  }
}

/** The host as `127.0.0.1`: one of the players knows the origin as `localhost`. */
export function canonical(host: string): string {
  return host.replace('//localhost:', '//127.0.0.1:')
}

export function drawBadge({ letter, style }: HostBadge): HTMLElement {
  return html('span', { class: `badge ${style}`, 'aria-hidden': 'true' }, letter)
}
