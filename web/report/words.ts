/** What the figures allow to be said, in sentences. Nothing is said that an interval does not support. */
import { amount, date, digits, few, nameOf, told } from './figures.ts'
import {
  isEstimate,
  type Alarm,
  type Comparison,
  type Estimate,
  type Figure,
  type HostQuality,
  type Prior,
  type Question,
  type Scales,
} from './report.ts'

export const QUESTIONS: Record<Question, string> = {
  ttfb: 'time to first byte',
  rate: 'rate',
  error: 'errors',
}

export const KINDS = { ttfb: 'ttfb', rate: 'rate', error: 'share' } as const

/** What Mirrorwise changes, with the interval, or that this cannot be told. */
export function gainSentence({ question, change, verdict }: Comparison): string {
  const what = GAINS[question]
  if (!isEstimate(change)) return `Whether ${what.whether}: ${few(change)}.`
  const unit = question === 'error' ? ' points' : ' %'
  if (verdict === 'cannot tell') {
    const [low, high] = [change.low, change.high ?? Infinity].map((end) => signed(end * 100))
    return `Whether ${what.whether} cannot be told yet: the change lies between ${low} and ${high}${unit}.`
  }
  const ends = [change.low, change.high ?? Infinity].map((end) => Math.abs(end) * 100)
  const [from, to] = ends.sort((a, b) => a - b).map(digits)
  const size = digits(Math.abs(change.value) * 100)
  return `Viewers with Mirrorwise ${what.verb(`${size}${unit}`, verdict)} (95 % interval ${from}–${to}${unit}).`
}

const GAINS = {
  ttfb: {
    whether: 'viewers with Mirrorwise wait less for the first byte',
    verb: (size: string, verdict: string) => `wait ${size} ${verdict} for the first byte`,
  },
  rate: {
    whether: 'viewers with Mirrorwise get a higher rate',
    verb: (size: string, verdict: string) =>
      `get a ${size} ${verdict === 'more' ? 'higher' : 'lower'} rate`,
  },
  error: {
    whether: 'viewers with Mirrorwise see fewer errors',
    verb: (size: string, verdict: string) => `meet errors on ${size} ${verdict} of their days`,
  },
}

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${digits(Math.abs(value))}`

export function alarmSentence({ host, question, day, before, after, worse }: Alarm): string {
  const kind = KINDS[question]
  return (
    `Since ${date(day)}, ${nameOf(host)} serves ${worse ? 'worse' : 'better'}: ` +
    `${QUESTIONS[question]} before ${told(kind, before)}, after ${told(kind, after)}.`
  )
}

export function priorSentence({ question, served, gain, gain_sd }: Prior): string {
  const start = `New viewers’ first guess of the ${QUESTIONS[question]}`
  if (gain === null || gain_sd === null) {
    return `${start} is that of all viewers: there are not enough days yet to compare it with one for each region.`
  }
  const [low, high] = [gain - 1.96 * gain_sd, gain + 1.96 * gain_sd].map(signed)
  return served === 'contextual'
    ? `${start} depends on their region and connection, which foretold reports it had not seen better (squared error saved: ${low} to ${high}).`
    : `${start} is that of all viewers: one for each region did not foretell unseen reports better (squared error saved: ${low} to ${high}).`
}

/** `do` asks for an action, `look` for attention; the others ask for nothing. */
export interface Advice {
  kind: 'do' | 'look' | 'keep' | 'unclear'
  text: string
}

/** What is compared: a mirror and the origin, on days that are alike. */
export interface Case {
  mirror: HostQuality
  origin: HostQuality
  scales: Scales
  /** The day of an alarm, when the mirror's figures are from then on. */
  since?: string
}

type Order = 'worse' | 'better' | 'open' | 'too few'

/** What to do about a mirror. */
export function advise(compared: Case): Advice {
  const order = {
    ttfb: compare(compared.mirror.ttfb_p50, compared.origin.ttfb_p50),
    rate: flipped(compare(compared.mirror.rate_p50, compared.origin.rate_p50)),
    error: compare(compared.mirror.error_rate, compared.origin.error_rate),
  }
  const found = Object.values(order)
  const worse = QUESTION_ORDER.filter((question) => order[question] === 'worse')
  if (worse[0] && !found.includes('better')) return removal(compared, worse[0])
  if (worse[0]) return mixed(order)
  if (found.includes('better')) return better(order)
  return found.every((each) => each === 'too few')
    ? { kind: 'unclear', text: 'Not enough reports yet to compare it with the origin.' }
    : { kind: 'unclear', text: 'The intervals do not tell it from the origin: nothing to do.' }
}

const QUESTION_ORDER: Question[] = ['rate', 'ttfb', 'error']

/** Ends may be off by the last bit: both figures of a quantile end on edges between buckets. */
const NEAR = 1 + 1e-9

/** Whether `mirror` is above the origin (worse, for what should be small) beyond doubt. */
function compare(mirror: Figure, origin: Figure): Order {
  if (!isEstimate(mirror) || !isEstimate(origin)) return 'too few'
  if (above(mirror, origin)) return 'worse'
  return above(origin, mirror) ? 'better' : 'open'
}

const above = (one: Estimate, other: Estimate): boolean =>
  one.value > other.value && one.low * NEAR >= (other.high ?? Infinity)

const flipped = (order: Order): Order =>
  order === 'worse' ? 'better' : order === 'better' ? 'worse' : order

function removal(compared: Case, question: Question): Advice {
  const since = compared.since === undefined ? '' : ` since ${date(compared.since)}`
  return { kind: 'do', text: `${complaint(compared, question)}${since}: consider removing it.` }
}

function complaint({ mirror, origin, scales }: Case, question: Question): string {
  const name = nameOf(mirror.host)
  if (question === 'error') {
    const [own, others] = [mirror, origin].map((host) => told('share', host.error_rate))
    return `${name} fails more viewers than the origin does, ${own} against ${others} of days`
  }
  const typical = question === 'ttfb' ? origin.ttfb_p50 : origin.rate_p50
  const { high, low } = typical as Estimate
  if (question === 'ttfb') {
    const part = share(tail(mirror.ttfb_histogram, scales.ttfb_s, high ?? Infinity, 'above'))
    return `${name} is slower than the origin: ${part} of its viewers wait longer for the first byte than ${amount('ttfb', high ?? Infinity)}, the origin’s typical viewer does not`
  }
  const part = share(tail(mirror.rate_histogram, scales.rate_bps, low, 'below'))
  return `${name} is slower than the origin: ${part} of its viewers get less than ${amount('rate', low)}, the origin’s typical viewer gets more`
}

/**
 * The share of viewers that is surely beyond `edge`. The single buckets' lower ends are added:
 * their errors pull against each other, so that this is on the safe side.
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

/** That it is more than half is known: the median's own interval is beyond. */
function share(least: number): string {
  const tenths = Math.floor(least * 10)
  return tenths > 5 ? `at least ${tenths} of 10` : 'more than half'
}

function mixed(order: Record<Question, Order>): Advice {
  const list = (which: Order) =>
    QUESTION_ORDER.filter((question) => order[question] === which)
      .map((question) => QUESTIONS[question])
      .join(' and ')
  return {
    kind: 'unclear',
    text: `Better than the origin in ${list('better')}, worse in ${list('worse')}: players weigh both for each viewer, nothing to do.`,
  }
}

function better(order: Record<Question, Order>): Advice {
  const list = QUESTION_ORDER.filter((question) => order[question] === 'better')
  const what = list.map((question) => QUESTIONS[question]).join(' and ')
  return {
    kind: 'keep',
    text: `It serves its viewers better than the origin does (${what}): keep it.`,
  }
}
