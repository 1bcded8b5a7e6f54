/** The figure around every chart: a title, a legend, and the same figures as a table. */
import { html } from '../../dom.ts'
import { chart, type Marker, type Picture } from './interval-chart.ts'

export interface Table {
  head: string[]
  rows: string[][]
}

export interface Frame {
  title: string
  keys: [Marker | 'band', string][]
  table: Table
  /** Null when there is nothing to draw; `missing` then says why. */
  picture: Picture | null
  missing: string | null
}

const SIGNS: Record<Marker | 'band', string> = {
  dot: '●',
  triangle: '▲',
  diamond: '◇',
  band: '┅',
}

export function frame({ title, keys, table, picture, missing }: Frame): HTMLElement {
  const place = html('div', { class: 'plot' })
  if (picture) chart(place, picture)
  return html(
    'figure',
    {},
    html('figcaption', {}, html('b', {}, title), ...(picture ? keys.map(key) : [])),
    ...(picture ? [place] : []),
    ...(missing === null ? [] : [html('p', { class: 'few' }, missing)]),
    html('details', {}, html('summary', {}, `Table: ${title}`), tableOf(table)),
  )
}

const key = ([sign, words]: [Marker | 'band', string]): HTMLElement =>
  html('span', { class: `key ${sign}` }, html('i', { 'aria-hidden': 'true' }, SIGNS[sign]), words)

/** A table in a region that can be scrolled by keyboard. */
export function tableOf({ head, rows }: Table): HTMLElement {
  return html(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': head.join(', ') },
    html(
      'table',
      {},
      html('thead', {}, html('tr', {}, ...head.map((each) => html('th', { scope: 'col' }, each)))),
      html('tbody', {}, ...rows.map(rowOf)),
    ),
  )
}

const rowOf = ([first = '', ...others]: string[]): HTMLElement =>
  html('tr', {}, html('th', { scope: 'row' }, first), ...others.map((each) => html('td', {}, each)))
