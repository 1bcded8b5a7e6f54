/** Types of the service's `/report.json`; `/openapi.json` describes them. */

/** A value with its confidence interval; `high` is null beyond the end of the scale. */
export interface Estimate {
  value: number
  low: number
  high: number | null
  answers: number
}

/** Too few answers for an estimate; about `needed` would be enough. */
export interface NotEnough {
  answers: number
  needed: number
}

export type Figure = Estimate | NotEnough
export type Question = 'ttfb' | 'rate' | 'error' | 'missing'

/** Quality of one host: TTFB in s, rate in bit/s, all else as shares. */
export interface HostQuality {
  host: string
  reports: number
  share: Figure
  ttfb_p50: Figure
  ttfb_p95: Figure
  rate_p50: Figure
  rate_p5: Figure
  error_rate: Figure
  /** Share of fetches whose file the host lacks. */
  missing_rate: Figure
  ttfb_histogram: Figure[]
  rate_histogram: Figure[]
}

/** Who uses a host: the shares of its fetches by time zone and by kind of connection. */
export interface HostUse {
  host: string
  zones: Figure[]
  connections: Figure[]
}

/** The other instances that a mirror says it copies; null when it does not say. */
export interface Shared {
  host: string
  others: string[] | null
}

export type Compared = Exclude<Question, 'error' | 'missing'>

/** Relative change against the control group (-.41: 41 % less). */
export interface Comparison {
  question: Compared
  change: Figure
  verdict: 'more' | 'less' | 'cannot tell'
  learned: number
  control: number
}

export interface Alarm {
  host: string
  question: Question
  day: string
  before: Figure
  after: Figure
  worse: boolean
}

/** Which prior is served; `gain` is the squared error on held-back reports that context saves. */
export interface Prior {
  question: Question
  served: 'plain' | 'contextual'
  gain: number | null
  gain_sd: number | null
}

/** Edges between the buckets of the histograms. */
export interface Scales {
  ttfb_s: number[]
  rate_bps: number[]
}

/** Figures of a period of days, both ends included. */
export interface Span {
  since: string
  until: string
  hosts: HostQuality[]
}

export interface QualityReport {
  choice: { since: string; until: string }
  origin: string | null
  reports: number
  epsilons: number[]
  scales: Scales
  hosts: HostQuality[]
  uses: HostUse[]
  days: { day: string; hosts: HostQuality[] }[]
  /** Periods of several days, because single days have too few reports. */
  periods: Span[]
  /** A period for each day on which a host became worse, beginning with that day. */
  turns: Span[]
  gains: Comparison[]
  /** Questions that cannot be compared fairly, and why. */
  not_compared: Partial<Record<Question, string>>
  alarms: Alarm[]
  prior: Prior[]
}

export const isEstimate = (figure: Figure): figure is Estimate => 'value' in figure

/** The figure of a host in a period without reports. */
export const NOTHING: Figure = { answers: 0, needed: 100 }
