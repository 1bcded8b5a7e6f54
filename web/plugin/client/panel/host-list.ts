/** Each server: how it has been lately, what is believed of it, and how much it has brought. */
import { html } from '../../../dom.ts'
import type { Clause, Explanation, Host, HostBelief } from '../../messages.ts'
import type { History } from './history.ts'
import { sparkline } from './sparkline.ts'
import { TEXT } from './strings.ts'
import { nameOf, type Words } from '../../shared/translation.ts'

export interface HostRow {
  host: Host
  isOrigin: boolean
  /** Of the segments; null before the first. */
  share: number | null
  ttfb_s: number[]
  rate_mbps: number[]
  belief: HostBelief | null
}

export interface HostListModel {
  rows: HostRow[]
  /** Known to the engine, but not servers of this video. */
  others: number
}

export function hostList(history: History, explanation: Explanation | null): HostListModel {
  const beliefs = explanation?.hosts ?? []
  const rows = [...history.hosts].map(([host, { ttfb_s, rate_mbps, served }], i) => ({
    host,
    isOrigin: i === 0,
    share: history.served > 0 ? served / history.served : null,
    ttfb_s,
    rate_mbps,
    belief: beliefs.find((belief) => belief.host === host) ?? null,
  }))
  const others = beliefs.filter(({ host }) => !history.hosts.has(host)).length
  return { rows, others }
}

/** What has to be translated before the list can be drawn. */
export function clausesOf({ rows }: HostListModel): Clause[] {
  return rows.flatMap(({ belief }) => belief?.words ?? [])
}

export function drawHosts({ rows, others }: HostListModel, words: Words): Node[] {
  const more = others > 0 ? [html('p', {}, words.say(TEXT.others, { count: others }))] : []
  return [...rows.map((row) => drawHost(row, words)), ...more]
}

function drawHost(row: HostRow, words: Words): Node {
  const { belief } = row
  const firstByte: Quantity = {
    name: TEXT.firstByte,
    readings: row.ttfb_s,
    believed: belief && { value: belief.ttfb_s, range: belief.ttfb_s_90 },
    write: (s) => words.latency(s),
    writeRange: (low_s, high_s) => words.latencies(low_s, high_s),
  }
  const speed: Quantity = {
    name: TEXT.speed,
    readings: row.rate_mbps,
    believed: belief && { value: belief.rate_mbps, range: belief.rate_mbps_90 },
    write: (mbps) => words.rate(mbps),
    writeRange: (low, high) => words.numbers(low, high),
  }
  const quantities = [firstByte, speed].map((quantity) => drawQuantity(quantity, words))
  const table = html('table', {}, heads(words), html('tbody', {}, ...quantities))
  return html(
    'article',
    {},
    title(row, words),
    table,
    ...(belief ? [about(belief, row, words)] : []),
  )
}

function title({ host, isOrigin, share }: HostRow, words: Words): Node {
  const small = (text: string, style: string | null): Node => html('small', { class: style }, text)
  return html(
    'h4',
    {},
    html('span', {}, nameOf(host)),
    ...(isOrigin ? [small(words.say(TEXT.origin), 'mirrorwise-tag')] : []),
    ...(share === null ? [] : [small(words.say(TEXT.share, { share: words.share(share) }), null)]),
  )
}

function heads(words: Words): Node {
  const inNine = html('small', {}, words.say(TEXT.range))
  const lately = html('th', { scope: 'col', colspan: 2 }, words.say(TEXT.lately))
  const believed = html('th', { scope: 'col' }, words.say(TEXT.believed), inNine)
  return html('thead', {}, html('tr', {}, html('td'), lately, believed))
}

interface Quantity {
  name: string
  readings: number[]
  believed: { value: number; range: [number, number] } | null
  write: (value: number) => string
  writeRange: (low: number, high: number) => string
}

function drawQuantity(quantity: Quantity, words: Words): Node {
  const { name, readings, believed, write } = quantity
  const last = readings.at(-1)
  const seen = words.say(TEXT.readings, {
    count: readings.length,
    low: write(Math.min(...readings)),
    high: write(Math.max(...readings)),
    last: write(last ?? 0),
  })
  return html(
    'tr',
    {},
    html('th', { scope: 'row' }, words.say(name)),
    html('td', {}, sparkline(readings, seen)),
    html('td', {}, last === undefined ? '' : write(last)),
    html('td', {}, ...(believed ? belief(believed, quantity) : ['–'])),
  )
}

function belief(
  { value, range }: NonNullable<Quantity['believed']>,
  { write, writeRange }: Quantity,
): (Node | string)[] {
  return [write(value), html('small', {}, writeRange(...range))]
}

function about(
  { words: clauses, used, p_down, error_rate }: HostBelief,
  { share }: HostRow,
  words: Words,
): Node {
  const trouble = { down: words.share(p_down), failing: words.share(error_rate) }
  // What comes from the cache says nothing of the server, so the engine has not heard of it.
  const isCached = used === 0 && share
  const sentences = [
    ...(isCached ? [words.say(TEXT.cached)] : clauses.map((clause) => words.clause(clause))),
    words.say(TEXT.trouble, trouble),
  ]
  return html('ul', {}, ...sentences.map((sentence) => html('li', {}, sentence)))
}
