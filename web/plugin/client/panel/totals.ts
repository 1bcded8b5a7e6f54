/** The panel's totals of one load: avoided stalls, failovers, rescues, hedges and extra bytes. */
import { html } from '../../../dom.ts'
import type { History } from './history.ts'
import { TEXT } from './strings.ts'
import type { Translator } from '../../shared/translation.ts'

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
    // Bytes of running fetches count as received only when these have ended.
    extra_bytes: Math.max(0, bytes - delivered_bytes),
  }
}

export function drawTotals(totals: Totals, translator: Translator): Node[] {
  const { avoided, failovers, rescues, hedges, bytes, extra_bytes } = totals
  const extra = translator.say(TEXT.extraBytes, {
    size: translator.megabytes(extra_bytes),
    share: translator.share(extra_bytes / Math.max(bytes, 1)),
  })
  const rows: [string, string][] = [
    [TEXT.avoided, translator.count(avoided)],
    [TEXT.failovers, translator.count(failovers)],
    [TEXT.rescues, translator.count(rescues)],
    [TEXT.hedges, translator.count(hedges)],
    [TEXT.extra, extra],
  ]
  return [
    facts(rows, translator),
    html('p', { class: 'mirrorwise-note' }, translator.say(TEXT.counted)),
  ]
}

/** A definition list of translated texts and their values. */
export function facts(rows: [text: string, value: string][], translator: Translator): Node {
  const pairs = rows.map(([text, value]) =>
    html('div', {}, html('dt', {}, translator.say(text)), html('dd', {}, value)),
  )
  return html('dl', {}, ...pairs)
}
