/** The shape of a kind of node, beside its name. */
import { html } from '../../dom.ts'
import type { Kind } from './connected.ts'

const SIGNS: Record<Kind, string> = { video: '●', tag: '■', channel: '◆' }

export const signOf = (kind: Kind): HTMLElement =>
  html('i', { class: kind, 'aria-hidden': 'true' }, SIGNS[kind])
