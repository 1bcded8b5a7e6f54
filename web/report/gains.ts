/** What Mirrorwise changes for viewers, against those whom a coin makes pick as PeerTube does. */
import { html } from '../demo/page/dom.ts'
import { count } from './figures.ts'
import { isEstimate, type Comparison } from './report.ts'
import type { Scale } from './scales.ts'
import { whisker } from './whisker.ts'
import { gainSentence } from './words.ts'

export const gains = (comparisons: Comparison[]): HTMLElement[] => comparisons.map(gain)

function gain(comparison: Comparison): HTMLElement {
  const { question, change, learned, control } = comparison
  return html(
    'li',
    {},
    html('p', {}, gainSentence(comparison)),
    ...(isEstimate(change) ? [whisker(SCALES[question], change, 0), ends(question)] : []),
    html('small', {}, `${count(learned)} answers with Mirrorwise, ${count(control)} without`),
  )
}

/** A fourth and four times are equally far from no change. */
const RELATIVE: Scale = {
  place: (change) => Math.log2(1 + Math.max(change, -0.99)),
  low: -2,
  high: 2,
  ticks: [],
}

const SCALES: Record<Comparison['question'], Scale> = {
  ttfb: RELATIVE,
  rate: RELATIVE,
  error: { place: (change) => change, low: -0.2, high: 0.2, ticks: [] },
}

const ENDS: Record<Comparison['question'], [string, string]> = {
  ttfb: ['sooner', 'later'],
  rate: ['slower', 'faster'],
  error: ['fewer errors', 'more errors'],
}

function ends(question: Comparison['question']): HTMLElement {
  const [less, more] = ENDS[question]
  const words = [`← ${less}`, 'as without', `${more} →`]
  return html(
    'div',
    { class: 'ends', 'aria-hidden': 'true' },
    ...words.map((each) => html('span', {}, each)),
  )
}
