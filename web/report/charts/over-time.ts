/** Charts of one host over time: TTFB, rate, errors, or its share of the fetches. */
import { date, few, told, type Kind } from '../sentences/figures.ts'
import { frame, type Frame } from './frame.ts'
import type { Marker, Picture, Series } from './interval-chart.ts'
import { dayNumber, dayOf } from './periods.ts'
import {
  isEstimate,
  NOTHING,
  type Alarm,
  type Estimate,
  type Figure,
  type HostQuality,
  type Question,
  type Scales,
  type Span,
} from '../service/report.ts'
import { rateScale, shareScale, ttfbScale, type Scale } from './scales.ts'

type Name = 'share' | 'ttfb_p50' | 'ttfb_p95' | 'rate_p50' | 'rate_p5' | 'error_rate'

interface Line {
  name: Name
  words: string
  marker: Marker
}

interface Subject {
  title: string
  kind: Kind
  question: Question | null
  lines: Line[]
}

const SUBJECTS = {
  ttfb: {
    title: 'Time to first byte',
    kind: 'ttfb',
    question: 'ttfb',
    lines: [
      { name: 'ttfb_p50', words: 'median', marker: 'dot' },
      { name: 'ttfb_p95', words: 'slowest 5 %', marker: 'triangle' },
    ],
  },
  rate: {
    title: 'Rate',
    kind: 'rate',
    question: 'rate',
    lines: [
      { name: 'rate_p50', words: 'median', marker: 'dot' },
      { name: 'rate_p5', words: 'slowest 5 %', marker: 'triangle' },
    ],
  },
  error: {
    title: 'Viewers with an error',
    kind: 'share',
    question: 'error',
    lines: [{ name: 'error_rate', words: 'share of days', marker: 'dot' }],
  },
  share: {
    title: 'Coverage',
    kind: 'share',
    question: null,
    lines: [{ name: 'share', words: 'share of all fetches', marker: 'dot' }],
  },
} satisfies Record<string, Subject>

export interface Course {
  host: string
  periods: Span[]
  scales: Scales
  alarms: Alarm[]
  /** The host compared with, over the whole time. */
  origin: HostQuality | null
}

export function overTime(which: keyof typeof SUBJECTS, course: Course): HTMLElement {
  const subject: Subject = SUBJECTS[which]
  const own = course.periods.map(({ hosts }) => hosts.find(({ host }) => host === course.host))
  const lines = subject.lines.map((line) => ({
    ...line,
    figures: own.map((host) => host?.[line.name] ?? NOTHING),
  }))
  const some = lines.some(({ figures }) => figures.some(isEstimate))
  const band = subject.kind === 'share' ? null : bandOf(subject, course)
  return frame({
    title: subject.title,
    keys: [
      ...lines.map(({ marker, words }): [Marker, string] => [marker, words]),
      ...(band ? [['band', 'origin'] as ['band', string]] : []),
    ],
    table: tableOf(subject, course, lines),
    picture: some ? pictureOf(subject, course, lines, band ?? undefined) : null,
    missing: missingOf(lines[0]?.figures ?? []),
  })
}

type Drawn = Line & { figures: Figure[] }

function bandOf({ lines }: Subject, { origin, host }: Course): Estimate | null {
  const figure = lines[0] && origin && origin.host !== host ? origin[lines[0].name] : NOTHING
  return isEstimate(figure) ? figure : null
}

function tableOf({ kind }: Subject, { periods }: Course, lines: Drawn[]): Frame['table'] {
  return {
    head: ['Days', ...lines.map(({ words }) => words)],
    rows: periods.map((period, index) => [
      daysOf(period),
      ...lines.map(({ figures }) => told(kind, figures[index] ?? NOTHING)),
    ]),
  }
}

const daysOf = ({ since, until }: Span): string =>
  since === until ? date(since) : `${date(since)} – ${date(until)}`

function pictureOf(
  subject: Subject,
  course: Course,
  lines: Drawn[],
  band: Estimate | undefined,
): Picture {
  const at = course.periods.map(({ since, until }) => (dayNumber(since) + dayNumber(until)) / 2)
  const first = dayNumber(course.periods[0]?.since ?? '')
  const last = dayNumber(course.periods.at(-1)?.until ?? '')
  return {
    label: `${subject.title} of ${course.host} over time; the table below holds the figures`,
    x: { at, low: first - 0.5, high: last + 0.5, ticks: ticksOf(first, last) },
    scale: scaleOf(subject.kind, course.scales, [
      ...lines.flatMap(({ figures }) => figures),
      ...(band ? [band] : []),
    ]),
    series: lines.map(({ marker, figures }, index): Series => {
      return { marker, figures, joined: 'line', aside_px: lines.length > 1 ? index * 10 - 5 : 0 }
    }),
    band,
    marks: course.alarms
      .filter(({ host, question }) => host === course.host && question === subject.question)
      .map(({ day, worse }) => ({
        at: dayNumber(day) - 0.5,
        words: worse ? 'worse from here' : 'better from here',
      })),
  }
}

function scaleOf(kind: Kind, scales: Scales, figures: Figure[]): Scale {
  if (kind === 'share') return shareScale(figures)
  return kind === 'ttfb' ? ttfbScale(scales) : rateScale(scales)
}

const TICKS = 4
const SHORT = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })

function ticksOf(first: number, last: number): Scale['ticks'] {
  const step = Math.max(1, Math.ceil((last - first) / TICKS))
  const count = Math.floor((last - first) / step) + 1
  return Array.from({ length: count }, (_, index) => first + index * step).map((at) => ({
    at,
    words: SHORT.format(new Date(dayOf(at))),
  }))
}

/** The sentence on points with too few reports; it names the point that lacks the fewest. */
function missingOf(figures: Figure[]): string | null {
  const missing = figures.flatMap((each) => (isEstimate(each) ? [] : [each]))
  const nearest = missing.sort((a, b) => b.answers / b.needed - a.answers / a.needed)[0]
  if (!nearest) return null
  return missing.length === figures.length
    ? `At every point ${few(nearest)} at best: the whole time is in the table above.`
    : `${missing.length} of ${figures.length} points: not enough reports yet.`
}
