/** Charts of the figures by day, of the Lorenz curves, and of the re-ranker's weights. */
import { date, NBSP } from '../../report/sentences/figures.ts'
import { dayOf } from '../../report/charts/periods.ts'
import { featureMeaning, featureName, signed } from './features.ts'
import type { Figures } from './report.ts'
import { lineChart, type Line, type Lines } from './line-chart.ts'
import { lorenz } from './lorenz.ts'

const SHARES: Lines['y'] = {
  ...{ low: 0, high: 1 },
  ticks: [0, 0.25, 0.5, 0.75, 1].map((at) => ({ at, words: `${100 * at}${NBSP}%` })),
}
const GINI: Lines['y'] = {
  ...SHARES,
  ticks: SHARES.ticks.map(({ at }) => ({ at, words: String(at) })),
}

export const spread = (days: Figures[]): HTMLElement[] => [
  lineChart({
    ...{ title: 'How wide and how varied', x: overDays(days), y: SHARES },
    lines: [
      line(days, 'coverage of the catalogue', 'dot', 'coverage'),
      line(days, 'unlike within a list', 'triangle', 'diversity'),
    ],
  }),
  lineChart({
    ...{ title: 'How concentrated (Gini)', x: overDays(days), y: GINI },
    lines: [
      line(days, 'recommended', 'dot', 'concentration'),
      line(days, 'played here', 'triangle', 'watched'),
      line(days, 'all views', 'diamond', 'viewed'),
    ],
  }),
]

/** Lorenz curves of plays and views. */
export function evenness(plays: number[], views: number[]): HTMLElement {
  const at = lorenz(plays).map((_, index) => index / 100)
  return lineChart({
    title: 'Who has the plays today (Lorenz)',
    x: {
      ...{ head: 'Videos, least watched first', at, ticks: SHARES.ticks },
      words: at.map((share) => `${Math.round(100 * share)}${NBSP}%`),
    },
    y: SHARES,
    lines: [
      { words: 'plays here', marker: 'dot', values: lorenz(plays) },
      { words: 'all views', marker: 'triangle', values: lorenz(views) },
      { words: 'if all were alike', marker: 'diamond', values: at },
    ],
  })
}

/** One small chart for each weight, all on the same scale. */
export function weights(days: Figures[]): HTMLElement[] {
  const names = Object.keys(days.at(-1)?.weights ?? {})
  const all = days.flatMap(({ weights }) => Object.values(weights))
  const y = scaleOf(Math.min(0, ...all), Math.max(0.5, ...all))
  return names.map((name) => {
    const values = days.map(({ weights }) => weights[name] ?? 0)
    const [first, last] = [values[0] ?? 0, values.at(-1) ?? 0].map(signed)
    const change = first === last ? `stays at ${last ?? ''}` : `${first ?? ''} → ${last ?? ''}`
    const title = `${featureName(name)}: ${change}`
    const one: Line = { words: 'weight', marker: 'dot', values }
    const chart = lineChart({ title, x: overDays(days), y, lines: [one] })
    chart.querySelector('figcaption')?.append(featureMeaning(name))
    return chart
  })
}

const STEPS = [0.1, 0.25, 0.5, 1, 2, 5, 10]

function scaleOf(least: number, most: number): Lines['y'] {
  const step = STEPS.find((each) => (most - least) / each <= 5) ?? most - least
  const [low, high] = [Math.floor(least / step), Math.ceil(most / step)]
  const ticks = Array.from({ length: high - low + 1 }, (_, index) => (low + index) * step)
  return {
    ...{ low: low * step, high: high * step },
    ticks: ticks.map((at) => ({ at, words: signed(at) })),
  }
}

type Share = Exclude<keyof Figures, 'weights'>

const line = (days: Figures[], words: string, marker: Line['marker'], name: Share): Line => ({
  ...{ words, marker },
  values: days.map((each) => each[name]),
})

const TICKS = 4
const SHORT = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })

function overDays(days: Figures[]): Lines['x'] {
  const at = days.map(({ day }) => day)
  const step = Math.max(1, Math.ceil(((at.at(-1) ?? 0) - (at[0] ?? 0)) / TICKS))
  const ticks = at.filter((day) => (day - (at[0] ?? 0)) % step === 0)
  return {
    ...{ head: 'Day', at, words: at.map((day) => date(dayOf(day))) },
    ticks: ticks.map((day) => ({ at: day, words: SHORT.format(new Date(dayOf(day))) })),
  }
}
