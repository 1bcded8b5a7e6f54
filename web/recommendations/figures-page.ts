/** The page of figures on how recommendations affect what viewers watch. */
import { html, need } from '../dom.ts'
import { answerOf } from '../report/service/api-client.ts'
import { count } from '../report/sentences/figures.ts'
import { dayOf } from '../report/charts/periods.ts'
import { answers, type Answer } from './figures/answers.ts'
import { evenness, spread, weights } from './figures/charts.ts'
import type { Content } from './graph/content.ts'
import { showExports } from './exports.ts'
import { shiftSentence } from './figures/features.ts'
import { history, type Figures, type RecommendationReport } from './figures/report.ts'
import { open, say } from './start-page.ts'

const ADDRESS = '../api/v1/operator/'

async function load(): Promise<void> {
  const told = await ask<RecommendationReport>('recommendations')
  const { videos } = await ask<Content>('graph')
  show(told, videos)
  need(document, '#figures').hidden = false
  const { viewers, videos: public_ } = told.now
  say(`${count(viewers)} viewers with plays, ${count(public_)} public videos.`)
}

const ask = async <T>(what: string): Promise<T> =>
  (await (await answerOf(`${ADDRESS}${what}`)).json()) as T

function show(told: RecommendationReport, videos: Content['videos']): void {
  const [plays, views] = [videos.map(({ plays }) => plays), videos.map(({ views }) => views)]
  const days = history(told)
  put('#answers', ...answers(told, plays, views).flatMap(entry))
  put('#course', ...(videos.length > 0 ? [...spread(days), evenness(plays, views)] : [nothing()]))
  put('#weights', ...(told.now.viewers > 0 ? weights(days) : [nothing()]))
  put('#shifts', ...shifts(told))
  const makers = { json: () => JSON.stringify(told), csv: () => csvOf(days) }
  showExports(makers, 'mirrorwise-recommendations')
}

const nothing = () => html('p', { class: 'few' }, 'Nothing to draw: not enough events yet.')

const entry = ({ question, text, open }: Answer): HTMLElement[] => [
  html('dt', {}, question),
  html('dd', { class: open && 'few' }, text),
]

function shifts({ shifts }: RecommendationReport): HTMLElement[] {
  if (shifts.length === 0) {
    return [html('p', {}, 'No shift of taste was noticed so far; that needs some thousand plays.')]
  }
  const latest = [...shifts].sort((one, other) => other.at_s - one.at_s)
  return [html('ul', {}, ...latest.map((each) => html('li', {}, shiftSentence(each))))]
}

function csvOf(days: Figures[]): string {
  const rows = days.map(({ day, weights, ...figures }) => ({
    day: dayOf(day),
    ...figures,
    ...Object.fromEntries(Object.entries(weights).map(([name, each]) => [`weight ${name}`, each])),
  }))
  const head = Object.keys(rows.at(-1) ?? {}).join(',')
  return [head, ...rows.map((row) => Object.values(row).join(','))].join('\r\n')
}

const put = (place: string, ...children: HTMLElement[]): void =>
  need(document, place).replaceChildren(...children)

open(load)
