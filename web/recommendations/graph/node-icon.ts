/** The icon of a kind of node, shown beside its name. */
import { html } from '../../dom.ts'
import type { Kind } from './content-graph.ts'

const SIGNS: Record<Kind, string> = { video: '●', tag: '■', channel: '◆' }

export const iconOf = (kind: Kind): HTMLElement =>
  html('i', { class: kind, 'aria-hidden': 'true' }, SIGNS[kind])
