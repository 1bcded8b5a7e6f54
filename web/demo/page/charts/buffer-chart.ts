/** Chart of the buffer over time, with stalls and errors. */
import { html, svg } from '../../../dom.ts'
import { seconds } from './number-format.ts'
import type { DemoState } from '../metrics/state.ts'

const WIDTH = 560
const HEIGHT = 92
const LEFT = 30
const TOP = 16
const BOTTOM = 16
const FULL_S = 30

export interface BufferModel extends Pick<
  DemoState,
  'stalls' | 'errors' | 'buffer_log' | 'startup_s'
> {
  /** End of the time axis. */
  until_s: number
  marks: { at_s: number; words: string }[]
}

export function drawBuffer({
  stalls,
  errors,
  buffer_log,
  startup_s,
  until_s,
  marks,
}: BufferModel): Node[] {
  const x = (at_s: number): number => LEFT + (at_s / until_s) * (WIDTH - LEFT)
  const y = (buffer_s: number): number =>
    HEIGHT - BOTTOM - (Math.min(buffer_s, FULL_S) / FULL_S) * (HEIGHT - TOP - BOTTOM)
  const ground = y(0)
  const line = buffer_log.map(({ at_s, buffer_s }) => `${f(x(at_s))},${f(y(buffer_s))}`)
  const last = buffer_log.at(-1)
  const longest = Math.max(0, ...stalls.map(({ length_s }) => length_s))
  const waiting = { at_s: 0, length_s: startup_s ?? last?.at_s ?? 0 }
  return [
    html('figcaption', {}, 'Buffer ', html('b', {}, seconds(last?.buffer_s ?? 0))),
    svg(
      'svg',
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': describe(stalls) },
      ...[0, 15, 30].flatMap((s) => [
        svg('line', { class: 'grid', x1: LEFT, x2: WIDTH, y1: y(s), y2: y(s) }),
        svg('text', { x: LEFT - 6, y: y(s) + 3, 'text-anchor': 'end' }, `${s} s`),
      ]),
      ...marks.flatMap(({ at_s, words }) => [
        svg('line', { class: 'mark', x1: x(at_s), x2: x(at_s), y1: TOP - 4, y2: ground }),
        svg('text', { x: x(at_s) + 4, y: TOP - 5 }, words),
      ]),
      band(x, ground, waiting, 'waiting'),
      ...stalls.map((stall) => band(x, ground, stall, 'stall')),
      ...stalls
        .filter(({ length_s }) => length_s === longest)
        .map(({ at_s, length_s }) =>
          svg(
            'text',
            { class: 'stalled', x: x(at_s + length_s) + 4, y: ground - 6 },
            seconds(length_s),
          ),
        ),
      ...(last
        ? [
            svg('polygon', {
              class: 'level',
              points: `${f(x(buffer_log[0]?.at_s ?? 0))},${ground} ${line.join(' ')} ${f(x(last.at_s))},${ground}`,
            }),
            svg('polyline', { class: 'level', points: line.join(' ') }),
          ]
        : []),
      ...errors.map(({ at_s, detail }) =>
        svg('text', { class: 'error', x: x(at_s), y: ground + 12 }, '×', svg('title', {}, detail)),
      ),
    ),
  ]
}

type Scale = (value: number) => number

function band(
  x: Scale,
  ground: number,
  { at_s, length_s }: { at_s: number; length_s: number },
  name: string,
): SVGElement {
  const width = Math.max(2, x(at_s + length_s) - x(at_s))
  return svg('rect', { class: name, x: f(x(at_s)), y: TOP, width: f(width), height: ground - TOP })
}

function describe(stalls: DemoState['stalls']): string {
  const times = stalls.map(({ at_s, length_s }) => `${seconds(length_s)} at ${seconds(at_s)}`)
  return `Buffer over time. ${times.length === 0 ? 'No stalls.' : `Stalls: ${times.join(', ')}.`}`
}

function f(value: number): string {
  return value.toFixed(1)
}
