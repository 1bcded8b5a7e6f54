/** What goes out today, to the byte, in plain words, and next to the truth. */
import { html } from '../../../dom.ts'
import type { Line, Report } from '../../messages.ts'
import { bodyOf } from '../reports.ts'
import type { PanelSources } from './sources.ts'
import { TEXT } from './strings.ts'
import { facts } from './totals.ts'
import { nameOf, type Words } from '../../shared/translation.ts'

/** Edges of the buckets, as in `selector/telemetry/report.py`. */
const TTFB_EDGES_S = Array.from({ length: 7 }, (_, step) => 0.025 * 2 ** step)
const RATE_EDGES_MBPS = Array.from({ length: 7 }, (_, step) => 2 ** step)
const CONNECTIONS = [TEXT.unknown, TEXT.wired, TEXT.wifi, TEXT.cellular]
const QUARTERS = [TEXT.night, TEXT.morning, TEXT.afternoon, TEXT.evening]
const ASKS = { ttfb: TEXT.asksTtfb, rate: TEXT.asksRate, error: TEXT.asksError }
const QUESTIONS: readonly Question[] = ['ttfb', 'rate', 'error']
/** Bands of time zones lie between these; the last reaches as far east as there are clocks. */
const ZONES_H = [-12, -9, -6, -3, 0, 3, 6, 9, 14]

type Question = keyof Line['truth']

export interface Preview {
  /** Sentences that say why there is nothing, or not everything. */
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

export function drawPreview({ reasons, lines }: Preview, words: Words): Node[] {
  const why = reasons.map((reason) => html('p', {}, words.say(reason)))
  if (lines.length === 0) return why
  return [
    ...why,
    html('p', {}, words.say(TEXT.reported, { site: location.host })),
    ...lines.flatMap((line) => drawLine(line, words)),
    html('p', {}, words.say(TEXT.bytes)),
    html('pre', { tabindex: 0, 'aria-label': words.say(TEXT.bytes) }, bodyOf(lines)),
  ]
}

function drawLine({ report, truth }: Line, words: Words): Node[] {
  const question = QUESTIONS.find((name) => report[name] !== null) ?? 'error'
  const answer = report[question] ?? 0
  return [
    html(
      'p',
      { class: 'mirrorwise-question' },
      words.say(ASKS[question], { host: nameOf(report.host) }),
    ),
    facts(
      [
        [TEXT.truth, inWords(question, truth[question], words)],
        [TEXT.answer, inWords(question, answer, words)],
      ],
      words,
    ),
    html('p', { class: 'mirrorwise-note' }, words.say(TEXT.coin, { epsilon: report.epsilon })),
    facts(context(report, words), words),
  ]
}

function context(
  { day, connection, zone, hours, control }: Report,
  words: Words,
): [string, string][] {
  const [from = 0, to = 0] = ZONES_H.slice(zone)
  const zones = { from: words.offset(from), to: words.offset(to) }
  return [
    [TEXT.day, day],
    [TEXT.connection, words.say(CONNECTIONS[connection] ?? TEXT.unknown)],
    [TEXT.zone, words.say(TEXT.zones, zones)],
    [TEXT.quarter, words.say(QUARTERS[hours] ?? TEXT.unknown)],
    [TEXT.controlled, words.say(control ? TEXT.yes : TEXT.no)],
  ]
}

function inWords(question: Question, answer: number, words: Words): string {
  if (question === 'error') return words.say(answer ? TEXT.yes : TEXT.no)
  const edges =
    question === 'ttfb'
      ? TTFB_EDGES_S.map((s) => words.latency(s))
      : RATE_EDGES_MBPS.map((mbps) => words.rate(mbps))
  const [low, high] = [edges[answer - 1], edges[answer]]
  if (low === undefined) return words.say(TEXT.under, { high: high ?? '' })
  return high === undefined ? words.say(TEXT.over, { low }) : words.say(TEXT.between, { low, high })
}
