/** Formats figures with their confidence intervals, or as "not enough reports yet". */
import { isEstimate, type Estimate, type Figure } from '../service/report.ts'

export type Kind = 'ttfb' | 'rate' | 'share'

interface Unit {
  name: string
  times: number
}

/** The unit: for times, milliseconds below a second. An interval has the unit of its value. */
function unitOf(kind: Kind, value: number): Unit {
  if (kind === 'rate') return { name: 'Mbit/s', times: 1e-6 }
  if (kind === 'share') return { name: '%', times: 100 }
  return value < 0.9995 ? { name: 'ms', times: 1000 } : { name: 's', times: 1 }
}

/** No-break space, between a number and its unit. */
export const NBSP = '\u00a0'

export function amount(kind: Kind, value: number): string {
  const { name, times } = unitOf(kind, value)
  return `${digits(value * times)}${NBSP}${name}`
}

/** A number with two significant digits. */
export function digits(value: number): string {
  const size = Math.abs(value)
  if (size >= 99.5) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(2)))
}

export function told(kind: Kind, figure: Figure): string {
  return isEstimate(figure) ? `${amount(kind, figure.value)} (${span(kind, figure)})` : few(figure)
}

/** The interval in the unit of its value; open where the scale ends. */
function span(kind: Kind, { value, low, high }: Estimate): string {
  const { times } = unitOf(kind, value)
  const [from, to] = [low * times, (high ?? 0) * times].map(digits)
  if (high === null) return `${from}${NBSP}or${NBSP}more`
  return kind !== 'share' && low === 0 ? `${to}${NBSP}or${NBSP}less` : `${from}–${to}`
}

export function few({ answers, needed }: { answers: number; needed: number }): string {
  return `not enough reports yet (${count(answers)} of about ${count(needed)})`
}

export const count = (value: number): string => value.toLocaleString('en')

export const counted = (value: number, thing: string): string =>
  `${count(value)} ${thing}${value === 1 ? '' : 's'}`

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' })
export const date = (day: string): string => DATE.format(new Date(day))

/** A host's name; `http://` stays visible. */
export const nameOf = (host: string): string => host.replace(/^https:\/\//, '')
