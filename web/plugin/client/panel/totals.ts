/** What was done in this video, counted. */
import { html } from '../../../dom.ts'
import type { History } from './history.ts'
import { TEXT } from './strings.ts'
import type { Words } from '../../shared/translation.ts'

export interface Totals {
  avoided: number
  failovers: number
  rescues: number
  hedges: number
  bytes: number
  extra_bytes: number
}

export function totalsOf({ stallsAvoided, counters }: History): Totals {
  const { asked, bytes, delivered_bytes } = counters
  return {
    avoided: stallsAvoided,
    failovers: asked.failover,
    rescues: asked.rescue,
    hedges: asked.hedge,
    bytes,
    // What is under way has come, but is not delivered yet: at worst it is counted late.
    extra_bytes: Math.max(0, bytes - delivered_bytes),
  }
}

export function drawTotals(totals: Totals, words: Words): Node[] {
  const { avoided, failovers, rescues, hedges, bytes, extra_bytes } = totals
  const extra = words.say(TEXT.extraBytes, {
    size: words.megabytes(extra_bytes),
    share: words.share(extra_bytes / Math.max(bytes, 1)),
  })
  const rows: [string, string][] = [
    [TEXT.avoided, words.count(avoided)],
    [TEXT.failovers, words.count(failovers)],
    [TEXT.rescues, words.count(rescues)],
    [TEXT.hedges, words.count(hedges)],
    [TEXT.extra, extra],
  ]
  return [facts(rows, words), html('p', { class: 'mirrorwise-note' }, words.say(TEXT.counted))]
}

/** Texts to be translated, and what they amount to. */
export function facts(rows: [text: string, value: string][], words: Words): Node {
  const pairs = rows.map(([text, value]) =>
    html('div', {}, html('dt', {}, words.say(text)), html('dd', {}, value)),
  )
  return html('dl', {}, ...pairs)
}
