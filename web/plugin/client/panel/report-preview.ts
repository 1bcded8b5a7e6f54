/** The panel's preview of today's report: its bytes, its meaning, and the true values beside it. */
import { html } from '../../../dom.ts'
import type { Line, Report } from '../../messages.ts'
import { bodyOf } from '../reports.ts'
import type { PanelSources } from './sources.ts'
import { TEXT } from './strings.ts'
import { facts } from './totals.ts'
import { nameOf, type Translator } from '../../shared/translation.ts'

/** Edges of the buckets, as in `selector/telemetry/report.py`. */
const TTFB_EDGES_S = Array.from({ length: 7 }, (_, step) => 0.025 * 2 ** step)
const RATE_EDGES_MBPS = Array.from({ length: 7 }, (_, step) => 2 ** step)
const CONNECTIONS = [TEXT.unknown, TEXT.wired, TEXT.wifi, TEXT.cellular]
const QUARTERS = [TEXT.night, TEXT.morning, TEXT.afternoon, TEXT.evening]
const ASKS = {
  ttfb: TEXT.asksTtfb,
  rate: TEXT.asksRate,
  error: TEXT.asksError,
  missing: TEXT.asksMissing,
}
const QUESTIONS: readonly Question[] = ['ttfb', 'rate', 'error', 'missing']
/** Edges of the bands of time zones, in hours from UTC; the last is the easternmost zone. */
const ZONES_H = [-12, -9, -6, -3, 0, 3, 6, 9, 14]

type Question = keyof Line['truth']

export interface Preview {
  /** Sentences that say why nothing, or not everything, is reported. */
  reasons: string[]
  lines: Line[]
}

export async function previewOf(sources: PanelSources): Promise<Preview> {
  const { reporter, planner, isPublic } = sources
  if (!reporter) return { reasons: [TEXT.reportsOff], lines: [] }
  const lines = await reporter.preview().catch(() => [])
  const nothing = planner?.state === 'ready' ? TEXT.notYet : TEXT.noEngine
  const reasons = [...(isPublic ? [] : [TEXT.notPublic]), ...(lines.length === 0 ? [nothing] : [])]
  return { reasons, lines }
}

export function drawPreview({ reasons, lines }: Preview, translator: Translator): Node[] {
  const why = reasons.map((reason) => html('p', {}, translator.say(reason)))
  if (lines.length === 0) return why
  return [
    ...why,
    html('p', {}, translator.say(TEXT.reported, { site: location.host })),
    ...lines.flatMap((line) => drawLine(line, translator)),
    html('p', {}, translator.say(TEXT.bytes)),
    html('pre', { tabindex: 0, 'aria-label': translator.say(TEXT.bytes) }, bodyOf(lines)),
  ]
}

function drawLine({ report, truth }: Line, translator: Translator): Node[] {
  const question = QUESTIONS.find((name) => (report[name] ?? null) !== null) ?? 'error'
  const answer = report[question] ?? 0
  return [
    html(
      'p',
      { class: 'mirrorwise-question' },
      translator.say(ASKS[question], { host: nameOf(report.host) }),
    ),
    facts(
      [
        [TEXT.truth, inWords(question, truth[question] ?? 0, translator)],
        [TEXT.answer, inWords(question, answer, translator)],
      ],
      translator,
    ),
    html('p', { class: 'mirrorwise-note' }, translator.say(TEXT.coin, { epsilon: report.epsilon })),
    facts(context(report, translator), translator),
  ]
}

function context(
  { day, connection, zone, hours, control }: Report,
  translator: Translator,
): [string, string][] {
  const [from = 0, to = 0] = ZONES_H.slice(zone)
  const zones = { from: translator.offset(from), to: translator.offset(to) }
  return [
    [TEXT.day, day],
    [TEXT.connection, translator.say(CONNECTIONS[connection] ?? TEXT.unknown)],
    [TEXT.zone, translator.say(TEXT.zones, zones)],
    [TEXT.quarter, translator.say(QUARTERS[hours] ?? TEXT.unknown)],
    [TEXT.controlled, translator.say(control ? TEXT.yes : TEXT.no)],
  ]
}

function inWords(question: Question, answer: number, translator: Translator): string {
  if (question === 'error' || question === 'missing')
    return translator.say(answer ? TEXT.yes : TEXT.no)
  const edges =
    question === 'ttfb'
      ? TTFB_EDGES_S.map((s) => translator.latency(s))
      : RATE_EDGES_MBPS.map((mbps) => translator.rate(mbps))
  const [low, high] = [edges[answer - 1], edges[answer]]
  if (low === undefined) return translator.say(TEXT.under, { high: high ?? '' })
  return high === undefined
    ? translator.say(TEXT.over, { low })
    : translator.say(TEXT.between, { low, high })
}
