/** A sparkline of the latest readings; its axis begins at zero, so heights are proportional. */
import { html, svg } from '../../../dom.ts'

const WIDTH = 72
const HEIGHT = 20
const PAD = 2

/** `label` is the text for screen readers. */
export function sparkline(readings: readonly number[], label: string): Element {
  if (readings.length === 0) return html('span', {}, '–')
  const highest = Math.max(...readings)
  const x = (i: number): number => PAD + (i / Math.max(readings.length - 1, 1)) * (WIDTH - 2 * PAD)
  const y = (value: number): number => HEIGHT - PAD - (value / highest) * (HEIGHT - 2 * PAD)
  const points = readings.map((value, i) => `${x(i).toFixed(1)},${y(value).toFixed(1)}`)
  const [cx = 0, cy = 0] = points.at(-1)?.split(',') ?? []
  return svg(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': label },
    svg('polyline', { points: points.join(' ') }),
    svg('circle', { cx, cy, r: PAD }),
  )
}
