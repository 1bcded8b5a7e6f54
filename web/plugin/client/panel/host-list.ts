/** The panel's list of hosts: latest readings, the engine's beliefs, and shares of the segments. */
import { html } from '../../../dom.ts'
import type { Clause, Explanation, Host, HostBelief } from '../../messages.ts'
import type { History } from './history.ts'
import { sparkline } from './sparkline.ts'
import { TEXT } from './strings.ts'
import { nameOf, type Translator } from '../../shared/translation.ts'

export interface HostRow {
  host: Host
  isOrigin: boolean
  /** Share of the segments; null before the first segment. */
  share: number | null
  lacks: boolean
  ttfb_s: number[]
  rate_mbps: number[]
  belief: HostBelief | null
}

export interface HostListModel {
  rows: HostRow[]
  /** Number of hosts that the engine knows, but that do not serve this video. */
  others: number
}

export function hostList(history: History, explanation: Explanation | null): HostListModel {
  const beliefs = explanation?.hosts ?? []
  const rows = [...history.hosts].map(([host, { ttfb_s, rate_mbps, served, lacks }], i) => ({
    host,
    isOrigin: i === 0,
    share: history.served > 0 ? served / history.served : null,
    lacks,
    ttfb_s,
    rate_mbps,
    belief: beliefs.find((belief) => belief.host === host) ?? null,
  }))
  const others = beliefs.filter(({ host }) => !history.hosts.has(host)).length
  return { rows, others }
}

/** Sentences to be translated before the list is drawn. */
export function clausesOf({ rows }: HostListModel): Clause[] {
  return rows.flatMap(({ belief }) => belief?.words ?? [])
}

export function drawHosts({ rows, others }: HostListModel, translator: Translator): Node[] {
  const more = others > 0 ? [html('p', {}, translator.say(TEXT.others, { count: others }))] : []
  return [...rows.map((row) => drawHost(row, translator)), ...more]
}

function drawHost(row: HostRow, translator: Translator): Node {
  const { belief } = row
  const firstByte: Quantity = {
    name: TEXT.firstByte,
    readings: row.ttfb_s,
    believed: belief && { value: belief.ttfb_s, range: belief.ttfb_s_90 },
    write: (s) => translator.latency(s),
    writeRange: (low_s, high_s) => translator.latencies(low_s, high_s),
  }
  const speed: Quantity = {
    name: TEXT.speed,
    readings: row.rate_mbps,
    believed: belief && { value: belief.rate_mbps, range: belief.rate_mbps_90 },
    write: (mbps) => translator.rate(mbps),
    writeRange: (low, high) => translator.numbers(low, high),
  }
  const quantities = [firstByte, speed].map((quantity) => drawQuantity(quantity, translator))
  const table = html('table', {}, heads(translator), html('tbody', {}, ...quantities))
  return html(
    'article',
    {},
    title(row, translator),
    table,
    ...(row.lacks ? [html('p', {}, translator.say(TEXT.lacks))] : []),
    ...(belief ? [about(belief, row, translator)] : []),
  )
}

function title({ host, isOrigin, share }: HostRow, translator: Translator): Node {
  const small = (text: string, style: string | null): Node => html('small', { class: style }, text)
  return html(
    'h4',
    {},
    html('span', {}, nameOf(host)),
    ...(isOrigin ? [small(translator.say(TEXT.origin), 'mirrorwise-tag')] : []),
    ...(share === null
      ? []
      : [small(translator.say(TEXT.share, { share: translator.share(share) }), null)]),
  )
}

function heads(translator: Translator): Node {
  const inNine = html('small', {}, translator.say(TEXT.range))
  const lately = html('th', { scope: 'col', colspan: 2 }, translator.say(TEXT.lately))
  const believed = html('th', { scope: 'col' }, translator.say(TEXT.believed), inNine)
  return html('thead', {}, html('tr', {}, html('td'), lately, believed))
}

interface Quantity {
  name: string
  readings: number[]
  believed: { value: number; range: [number, number] } | null
  write: (value: number) => string
  writeRange: (low: number, high: number) => string
}

function drawQuantity(quantity: Quantity, translator: Translator): Node {
  const { name, readings, believed, write } = quantity
  const last = readings.at(-1)
  const seen = translator.say(TEXT.readings, {
    count: readings.length,
    low: write(Math.min(...readings)),
    high: write(Math.max(...readings)),
    last: write(last ?? 0),
  })
  return html(
    'tr',
    {},
    html('th', { scope: 'row' }, translator.say(name)),
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
  translator: Translator,
): Node {
  const trouble = { down: translator.share(p_down), failing: translator.share(error_rate) }
  // Segments from the browser's cache are not observed by the engine.
  const isCached = used === 0 && share
  const sentences = [
    ...(isCached
      ? [translator.say(TEXT.cached)]
      : clauses.map((clause) => translator.clause(clause))),
    translator.say(TEXT.trouble, trouble),
  ]
  return html('ul', {}, ...sentences.map((sentence) => html('li', {}, sentence)))
}
