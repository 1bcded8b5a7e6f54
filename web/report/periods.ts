/** Figures over time: by a few long periods, because single days have too few reports. */
import { isEstimate, type HostQuality, type QualityReport } from './report.ts'
import type { View } from './view.ts'

/** Both days are part of it. */
export interface Period {
  since: string
  until: string
  hosts: HostQuality[]
}

/** More points would be more noise than course; each is one more question to the service. */
const PERIODS = 5
const DAY_MS = 86_400_000

export const dayNumber = (day: string): number => Date.parse(day) / DAY_MS
export const dayOf = (number: number): string =>
  new Date(number * DAY_MS).toISOString().slice(0, 10)

const days = ({ days }: QualityReport): Period[] =>
  days.map(({ day, hosts }) => ({ since: day, until: day, hosts }))

/** Asks for one report after the other, so that other operators and players are served meanwhile. */
export async function periods(
  report: QualityReport,
  view: View,
  fetchReport: (view: View) => Promise<QualityReport>,
): Promise<Period[]> {
  const daily = days(report)
  if (daily.length <= PERIODS) return daily
  const found: Period[] = []
  for (const { since, until } of spans(report.days)) {
    const { hosts } = await fetchReport({ ...view, since, until })
    found.push({ since, until, hosts })
  }
  return found
}

/** Each host's part of the fetches is not noised: most days have enough reports to tell it. */
export function coverageDays(report: QualityReport): Period[] | null {
  const daily = days(report)
  const shares = daily.flatMap(({ hosts }) => hosts.map(({ share }) => share))
  return shares.filter(isEstimate).length > shares.length / 2 ? daily : null
}

/** Periods of one length, from the first day with reports to the last. */
export function spans(reported: { day: string }[]): { since: string; until: string }[] {
  const numbers = reported.map(({ day }) => dayNumber(day))
  const [first, last] = [Math.min(...numbers), Math.max(...numbers)]
  const length = Math.ceil((last - first + 1) / PERIODS)
  return Array.from({ length: Math.ceil((last - first + 1) / length) }, (_, index) => ({
    since: dayOf(first + index * length),
    until: dayOf(Math.min(first + (index + 1) * length - 1, last)),
  }))
}
