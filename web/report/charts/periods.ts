/** Days as numbers for axes, and the periods of the coverage chart. */
import { isEstimate, type QualityReport, type Span } from '../service/report.ts'

const DAY_MS = 86_400_000

export const dayNumber = (day: string): number => Date.parse(day) / DAY_MS
export const dayOf = (number: number): string =>
  new Date(number * DAY_MS).toISOString().slice(0, 10)

/**
 * Periods for the chart of shares: single days if most of them have enough reports. Shares are not
 * noised, so fewer reports are enough.
 */
export function coveragePeriods({ days, periods }: QualityReport): Span[] {
  const shares = days.flatMap(({ hosts }) => hosts.map(({ share }) => share))
  if (shares.filter(isEstimate).length <= shares.length / 2) return periods
  return days.map(({ day, hosts }) => ({ since: day, until: day, hosts }))
}
