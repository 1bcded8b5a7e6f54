/**
 * Validates reports before they are passed on; the format is that of
 * `selector/telemetry/report.py`.
 */
import { isRecord, HttpError } from './http-errors.ts'
import { today } from './daily-counters.ts'

/** One noised answer; of `ttfb`, `rate`, `error` and `missing` exactly one is given. */
export type Report = Record<string, unknown> & { day: string; host: string; epsilon: number }

/** Minimum and maximum of each integer field. */
export const CONTEXT = { connection: [0, 3], zone: [0, 7], hours: [0, 3] } as const
export const FACTS = { ...CONTEXT, control: [0, 1] } as const
export const ANSWERS = { ttfb: [0, 7], rate: [0, 7], error: [0, 1], missing: [0, 1] } as const
const FIELDS = new Set(['day', 'host', 'epsilon', ...Object.keys({ ...FACTS, ...ANSWERS })])

export const MAX_REPORTS = 16
const LONGEST_HOST = 300

/** The reports of a request's body; their hosts are checked by the caller. */
export function readReports(body: unknown, epsilons: readonly number[]): Report[] {
  const reports = isRecord(body) ? body['reports'] : undefined
  if (!Array.isArray(reports) || reports.length === 0 || reports.length > MAX_REPORTS) {
    throw new HttpError(400, 'reports', `must be a list of 1 to ${MAX_REPORTS} reports`)
  }
  reports.forEach((report, i) => check(report, `reports[${i}]`, epsilons))
  return reports as Report[]
}

function check(report: unknown, at: string, epsilons: readonly number[]): void {
  if (!isRecord(report)) throw new HttpError(400, at, 'must be an object')
  const strange = Object.keys(report).find((name) => !FIELDS.has(name))
  if (strange !== undefined) {
    throw new HttpError(400, `${at}.${strange.slice(0, 40)}`, 'is not a field of a report')
  }
  const days = [-1, 0, 1].map(today)
  require(days.includes(report['day'] as string), `${at}.day`, `must be one of ${days.join(', ')}`)
  const { host, epsilon } = report
  const isHost = typeof host === 'string' && host.length <= LONGEST_HOST
  require(isHost, `${at}.host`, 'must be an origin such as https://mirror.example')
  const allowed = epsilons.join(', ')
  require(epsilons.includes(epsilon as number), `${at}.epsilon`, `must be one of ${allowed}`)
  for (const [name, [low, high]] of Object.entries(FACTS)) {
    require(isWhole(report[name], low, high), `${at}.${name}`, wholeFrom(low, high))
  }
  checkAnswer(report, at)
}

function checkAnswer(report: Record<string, unknown>, at: string): void {
  const given = Object.entries(ANSWERS).filter(([name]) => (report[name] ?? null) !== null)
  require(given.length === 1, at, `must answer exactly one of ${Object.keys(ANSWERS).join(', ')}`)
  for (const [name, [low, high]] of given) {
    require(isWhole(report[name], low, high), `${at}.${name}`, wholeFrom(low, high))
  }
}

function require(holds: boolean, field: string, reason: string): void {
  if (!holds) throw new HttpError(400, field, reason)
}

export const isWhole = (value: unknown, low: number, high: number) =>
  Number.isInteger(value) && (value as number) >= low && (value as number) <= high

export const wholeFrom = (low: number, high: number) =>
  `must be a whole number from ${low} to ${high}`
