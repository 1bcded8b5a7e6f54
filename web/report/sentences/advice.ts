/**
 * Advice on a mirror, by comparing its confidence intervals with the origin's.
 *
 * Errors are left out: a day counts as failed when any fetch of it failed, so a host from which
 * viewers fetch more would look worse than one that fails as often.
 */
import { amount, date, nameOf, NBSP, told } from './figures.ts'
import {
  isEstimate,
  type Estimate,
  type Figure,
  type HostQuality,
  type Compared,
  type Scales,
} from '../service/report.ts'
import { QUESTIONS } from './sentences.ts'

/** `do` asks for an action, `look` for attention; `keep` and `unclear` for nothing. */
export interface Advice {
  kind: 'do' | 'look' | 'keep' | 'unclear'
  text: string
}

export interface Case {
  mirror: HostQuality
  origin: HostQuality
  scales: Scales
  /** The day of an alarm, if the mirror's figures begin there. */
  since?: string
}

type Order = 'worse' | 'better' | 'open' | 'too few'

export function advise(compared: Case): Advice {
  const { mirror, origin } = compared
  const order = {
    rate: flipped(compare(mirror.rate_p50, origin.rate_p50)),
    ttfb: compare(mirror.ttfb_p50, origin.ttfb_p50),
  }
  const [worse, better] = [list(order, 'worse'), list(order, 'better')]
  if (worse[0] && better[0]) return { kind: 'unclear', text: mixed(worse, better) }
  if (worse[0]) return { kind: 'do', text: removal(compared, worse[0]) }
  if (better[0]) {
    return { kind: 'keep', text: `It serves its viewers better than the origin: ${named(better)}.` }
  }
  const few = Object.values(order).every((each) => each === 'too few')
  return {
    kind: 'unclear',
    text: few
      ? 'Not enough reports yet to compare it with the origin.'
      : 'It cannot be told from the origin: their intervals overlap.',
  }
}

/** Tolerance for rounding: ends of intervals are edges of buckets. */
const NEAR = 1 + 1e-9

/** Compares two estimates by their intervals. Higher is worse; `flipped` reverses it for rates. */
function compare(mirror: Figure, origin: Figure): Order {
  if (!isEstimate(mirror) || !isEstimate(origin)) return 'too few'
  if (above(mirror, origin)) return 'worse'
  return above(origin, mirror) ? 'better' : 'open'
}

const above = (one: Estimate, other: Estimate): boolean =>
  one.value > other.value && one.low * NEAR >= (other.high ?? Infinity)

const FLIPPED: Partial<Record<Order, Order>> = { worse: 'better', better: 'worse' }
const flipped = (order: Order): Order => FLIPPED[order] ?? order

const list = (order: Record<Compared, Order>, which: Order): Compared[] =>
  (Object.keys(order) as Compared[]).filter((question) => order[question] === which)

const named = (questions: Compared[]): string =>
  questions.map((question) => QUESTIONS[question]).join(' and ')

const mixed = (worse: Compared[], better: Compared[]): string =>
  `Better than the origin: ${named(better)}; worse: ${named(worse)}. Players weigh them for each viewer.`

function removal({ mirror, origin, scales, since }: Case, question: Compared): string {
  const began = since === undefined ? '' : `Since ${date(since)}, `
  const what = COMPLAINTS[question](mirror, origin, scales)
  const share = isEstimate(mirror.share)
    ? `; it serves ${told('share', mirror.share)} of fetches`
    : ''
  return `${began}${nameOf(mirror.host)} is ${what}. Consider removing it${share}.`
}

type Complaint = (mirror: HostQuality, origin: HostQuality, scales: Scales) => string

const COMPLAINTS: Record<Compared, Complaint> = {
  rate: (mirror, origin, { rate_bps }) => {
    const edge = (origin.rate_p50 as Estimate).low
    const part = words(tail(mirror.rate_histogram, rate_bps, edge, 'below'))
    return `slower than the origin: ${part} of its viewers get less than ${amount('rate', edge)}, the origin’s typical viewer gets more`
  },
  ttfb: (mirror, origin, { ttfb_s }) => {
    const edge = (origin.ttfb_p50 as Estimate).high ?? Infinity
    const part = words(tail(mirror.ttfb_histogram, ttfb_s, edge, 'above'))
    return `slower than the origin: ${part} of its viewers wait more than ${amount('ttfb', edge)} for the first byte, the origin’s typical viewer waits less`
  },
}

/**
 * A lower bound for the share of viewers beyond `edge`: the sum of the lower ends of the buckets'
 * intervals. Their errors are negatively correlated, so the true sum is rarely lower.
 */
export function tail(
  histogram: Figure[],
  edges: number[],
  edge: number,
  side: 'above' | 'below',
): number {
  const cut = edges.filter((each) => each <= edge * NEAR).length
  const beyond = side === 'above' ? histogram.slice(cut) : histogram.slice(0, cut)
  return beyond.reduce((sum, each) => sum + (isEstimate(each) ? each.low : 0), 0)
}

/** The share as words; at least half, because the median's whole interval is beyond the edge. */
function words(least: number): string {
  const tenths = Math.floor(least * 10)
  return tenths > 5 ? `at least ${tenths}${NBSP}of${NBSP}10` : 'more than half'
}
