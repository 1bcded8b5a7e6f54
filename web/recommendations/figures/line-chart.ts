/** A line chart drawn by uPlot, with the same figures as a table. */
import type uPlot from 'uplot'
import { html } from '../../dom.ts'
import { digits } from '../../report/sentences/figures.ts'
import { tableOf } from '../../report/charts/frame.ts'
import { COLOURS, type Marker } from '../../report/charts/interval-chart.ts'
import { axis, colour, HEIGHT_PX, plotWhenNear } from '../../report/charts/plot.ts'
import type { Scale } from '../../report/charts/scales.ts'

export interface Line {
  words: string
  marker: Marker
  values: number[]
}

export interface Lines {
  title: string
  x: { head: string; at: number[]; words: string[]; ticks: Scale['ticks'] }
  y: { low: number; high: number; ticks: Scale['ticks'] }
  lines: Line[]
}

/** Dashes of each line, so that nobody has to tell colours apart. */
const DASHES: Record<Marker, number[]> = { dot: [], triangle: [10, 4], diamond: [2, 4] }
const SIGNS: Record<Marker, string> = { dot: '──', triangle: '╌╌', diamond: '┈┈' }

export function lineChart(picture: Lines): HTMLElement {
  const { title, lines } = picture
  const place = html('div', { class: 'plot' })
  plotWhenNear(place, `${title}; the table below holds the figures`, (width) => [
    optionsOf(picture, width),
    [picture.x.at, ...lines.map(({ values }) => values)],
  ])
  const keys = lines.length > 1 ? lines.map(key) : []
  return html(
    'figure',
    {},
    html('figcaption', {}, html('b', {}, title), ...keys),
    place,
    html('details', {}, html('summary', {}, `Table: ${title}`), tableOf(table(picture))),
  )
}

const key = ({ marker, words }: Line): HTMLElement =>
  html(
    'span',
    { class: `key ${marker}` },
    html('i', { 'aria-hidden': 'true' }, SIGNS[marker]),
    words,
  )

const table = ({ x, lines }: Lines): Parameters<typeof tableOf>[0] => ({
  head: [x.head, ...lines.map(({ words }) => words)],
  rows: x.words.map((words, index) => [
    words,
    ...lines.map(({ values }) => digits(values[index] ?? 0)),
  ]),
})

function optionsOf({ x, y, lines }: Lines, width: number): uPlot.Options {
  const [first = 0, last = 1] = [x.at[0], x.at.at(-1)]
  return {
    width,
    height: HEIGHT_PX,
    padding: [8, 26, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: first < last ? [first, last] : [first - 1, first + 1] },
      y: { range: [y.low, y.high] },
    },
    axes: [axis(x.ticks, 28), axis(y.ticks, 48)],
    series: [{}, ...lines.map((line) => seriesOf(line, x.at.length === 1))],
  }
}

const seriesOf = ({ marker }: Line, alone: boolean): uPlot.Series => ({
  stroke: () => colour(COLOURS[marker]),
  width: 2,
  dash: DASHES[marker],
  points: { show: alone, size: 9, fill: () => colour(COLOURS[marker]) },
})
