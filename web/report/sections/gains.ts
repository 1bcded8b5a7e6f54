/** The section on gains: viewers with Mirrorwise compared with the control group. */
import { html } from '../../dom.ts'
import { count } from '../sentences/figures.ts'
import {
  isEstimate,
  type Compared,
  type Comparison,
  type QualityReport,
  type Question,
} from '../service/report.ts'
import type { Scale } from '../charts/scales.ts'
import { whisker } from '../charts/whisker.ts'
import { gainSentence, QUESTIONS } from '../sentences/sentences.ts'

export const gainList = ({ gains, not_compared }: QualityReport): HTMLElement[] => [
  ...gains.map(gain),
  ...Object.entries(not_compared).map(([question, why]) =>
    html(
      'li',
      {},
      html('small', {}, `No comparison of ${QUESTIONS[question as Question]}: ${why}.`),
    ),
  ),
]

function gain(comparison: Comparison): HTMLElement {
  const { question, change, learned, control } = comparison
  return html(
    'li',
    {},
    html('p', {}, gainSentence(comparison)),
    ...(isEstimate(change) ? [whisker(RELATIVE, change, 0), ends(question)] : []),
    html('small', {}, `${count(learned)} answers with Mirrorwise, ${count(control)} without`),
  )
}

/** A logarithmic scale of relative change, from a quarter to four times. */
const RELATIVE: Scale = {
  place: (change) => Math.log2(1 + Math.max(change, -0.99)),
  low: -2,
  high: 2,
  ticks: [],
}

const ENDS: Record<Compared, [string, string]> = {
  ttfb: ['sooner', 'later'],
  rate: ['slower', 'faster'],
}

function ends(question: Compared): HTMLElement {
  const [less, more] = ENDS[question]
  const words = [`← ${less}`, 'as without', `${more} →`]
  return html(
    'div',
    { class: 'ends', 'aria-hidden': 'true' },
    ...words.map((each) => html('span', {}, each)),
  )
}
