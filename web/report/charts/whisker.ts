/** A small inline chart of an estimate: a dot with a whisker for its interval. */
import { html } from '../../dom.ts'
import type { Estimate } from '../service/report.ts'
import type { Scale } from './scales.ts'

export function whisker(scale: Scale, { value, low, high }: Estimate, zero?: number): HTMLElement {
  const line = html('i', {})
  const [from, to] = [part(scale, low), part(scale, high ?? Infinity)]
  line.style.left = `${from}%`
  line.style.width = `${to - from}%`
  const dot = html('b', {})
  dot.style.left = `${part(scale, value)}%`
  const marks = zero === undefined ? [] : [html('s', {})]
  marks.forEach((mark) => (mark.style.left = `${part(scale, zero ?? 0)}%`))
  return html('span', { class: 'whisker', 'aria-hidden': 'true' }, ...marks, line, dot)
}

/** Position in % of the width. */
const part = ({ place, low, high }: Scale, value: number): number =>
  Math.min(Math.max(((place(value) - low) / (high - low)) * 100, 0), 100)
