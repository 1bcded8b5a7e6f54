/** Days as numbers, for axes, and the parts of the time that figures are drawn for. */
import { isEstimate, type QualityReport, type Span } from '../service/report.ts'

const DAY_MS = 86_400_000

export const dayNumber = (day: string): number => Date.parse(day) / DAY_MS
export const dayOf = (number: number): string =>
  new Date(number * DAY_MS).toISOString().slice(0, 10)

/** Each host's part of the fetches is not noised: most days have enough reports to tell it. */
export function coveragePeriods({ days, periods }: QualityReport): Span[] {
  const shares = days.flatMap(({ hosts }) => hosts.map(({ share }) => share))
  if (shares.filter(isEstimate).length <= shares.length / 2) return periods
  return days.map(({ day, hosts }) => ({ since: day, until: day, hosts }))
}
