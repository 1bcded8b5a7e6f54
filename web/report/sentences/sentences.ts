/** Sentences on gains, alarms, priors and shared mirrors, within what their intervals support. */
import { date, digits, few, nameOf, NBSP, told } from './figures.ts'
import {
  isEstimate,
  type Alarm,
  type Compared,
  type Comparison,
  type HostQuality,
  type Prior,
  type Question,
} from '../service/report.ts'

export const QUESTIONS: Record<Question, string> = {
  ttfb: 'time to first byte',
  rate: 'rate',
  error: 'errors',
  missing: 'missing files',
}

export const CONNECTIONS = ['unknown', 'wired', 'wifi', 'cellular']

/** Time zones in bands of three hours, each with examples of places. */
export const ZONES = [
  'west of UTC−9: Hawaii',
  'UTC−9 to −6: Alaska, Pacific, Mountain',
  'UTC−6 to −3: Central, East, Andes',
  'UTC−3 to 0: Brazil, Argentina',
  'UTC to +3: Europe, West Africa',
  'UTC+3 to +6: East Africa, Gulf, India',
  'UTC+6 to +9: China, South-East Asia',
  'UTC+9 and east: Japan, Australia',
]

export const KINDS = { ttfb: 'ttfb', rate: 'rate', error: 'share', missing: 'share' } as const

/** The gain over the control group with its confidence interval, or that it is not known yet. */
export function gainSentence({ question, change, verdict }: Comparison): string {
  const { whether, does } = GAINS[question]
  if (!isEstimate(change)) return `Whether viewers with Mirrorwise ${whether}: ${few(change)}.`
  const ends = [change.low, change.high ?? Infinity]
  if (verdict === 'cannot tell') {
    const [low, high] = ends.map((end) => signed(end * 100))
    return `Whether viewers with Mirrorwise ${whether} cannot be told yet: the 95${NBSP}% interval of the change reaches from ${low} to ${high}${NBSP}%.`
  }
  const sizes = ends.map((end) => Math.abs(end) * 100).sort((a, b) => a - b)
  const size = `${digits(Math.abs(change.value) * 100)}${NBSP}%`
  return `Viewers with Mirrorwise ${does(size, verdict)} (95${NBSP}% interval ${sizes.map(digits).join('–')}${NBSP}%).`
}

type Does = (size: string, verdict: Comparison['verdict']) => string

const GAINS: Record<Compared, { whether: string; does: Does }> = {
  ttfb: {
    whether: 'wait less for the first byte',
    does: (size, verdict) => `wait ${size} ${verdict} for the first byte`,
  },
  rate: {
    whether: 'get a higher rate',
    does: (size, verdict) => `get a ${size} ${verdict === 'more' ? 'higher' : 'lower'} rate`,
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

/** What a host lacks; null while that is not more than noise. */
export function missingSentence({ host, missing_rate: figure }: HostQuality): string | null {
  if (!isEstimate(figure) || figure.low === 0) return null
  return (
    `${nameOf(host)} lacks ${told('share', figure)} of what is asked of it. It is as good as its ` +
    'other figures say: PeerTube’s mirrors do not copy separate audio, nor files made after the copy.'
  )
}

/** The other instances whose videos a mirror says that it copies. */
export function sharedSentence(others: string[] | null): string {
  if (others === null) return 'It does not say whether it copies videos of other instances too.'
  if (others.length === 0) return 'It lists no other instance whose videos it copies.'
  const names = others.length > 1 ? `${others.slice(0, -1).join(', ')} and ` : ''
  return `It says that it copies videos of ${names}${others.at(-1) ?? ''} too.`
}
