/** Scales of axes: logarithmic for TTFB and rate, linear for shares; with their ticks. */
import { amount, digits, type Kind } from '../sentences/figures.ts'
import { isEstimate, type Figure, type Scales } from '../service/report.ts'

/** `place` maps a value to its position between `low` and `high`. */
export interface Scale {
  place: (value: number) => number
  low: number
  high: number
  ticks: { at: number; words: string }[]
}

/** A base-2 logarithmic scale with one more bucket on either side, for values beyond the edges. */
function bucketed(kind: Kind, edges: number[]): Scale {
  const ends = edges.map(Math.log2)
  const [low, high] = [Math.min(...ends) - 1, Math.max(...ends) + 1]
  return {
    place: (value) => Math.min(Math.max(Math.log2(value), low), high),
    low,
    high,
    ticks: edges.map((edge) => ({ at: Math.log2(edge), words: amount(kind, edge) })),
  }
}

export const ttfbScale = ({ ttfb_s }: Scales): Scale => bucketed('ttfb', ttfb_s)
export const rateScale = ({ rate_bps }: Scales): Scale => bucketed('rate', rate_bps)

/** A linear scale from 0 to a round end above all of `figures`. */
export function shareScale(figures: Figure[]): Scale {
  const highs = figures.filter(isEstimate).map(({ high }) => high ?? 1)
  // A little above the highest end, so that its cap is seen.
  const most = 1.02 * Math.max(0.02, ...highs)
  const step = [0.01, 0.02, 0.05, 0.1, 0.25].find((each) => each * 4 >= most) ?? 0.25
  const count = Math.min(Math.ceil(most / step), Math.round(1 / step))
  return {
    place: (value) => value,
    low: 0,
    high: count * step,
    ticks: Array.from({ length: count + 1 }, (_, index) => ({
      at: index * step,
      words: `${digits(index * step * 100)} %`,
    })),
  }
}
