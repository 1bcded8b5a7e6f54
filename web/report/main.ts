/** The page: fetches what the filters ask for, and shows it as it comes. */
import { html, need } from '../demo/page/dom.ts'
import { toDo } from './advice-line.ts'
import { alarmTable } from './alarms.ts'
import { showExports } from './exports.ts'
import { fetchReport, TokenNeeded } from './fetching.ts'
import { count, date } from './figures.ts'
import { Filters } from './filters.ts'
import { gainList } from './gains.ts'
import { hostCard } from './host-card.ts'
import { judgements, turns } from './judging.ts'
import { overview } from './overview.ts'
import { periods } from './periods.ts'
import type { HostQuality, QualityReport } from './report.ts'
import { askForToken } from './token.ts'
import { viewOf, type View } from './view.ts'
import { priorSentence } from './words.ts'

let running = new AbortController()

const filters = new Filters((view) => {
  history.replaceState(null, '', `?${new URLSearchParams(view).toString()}`)
  show(view)
})
const openLogin = askForToken(() => show(viewOf(new URLSearchParams(location.search))))

function show(view: View): void {
  running.abort()
  running = new AbortController()
  const { signal } = running
  say('Loading …')
  load(view, signal).catch((error: unknown) => {
    if (!signal.aborted) fail(error)
  })
}

function fail(error: unknown): void {
  const locked = error instanceof TokenNeeded
  need(document, '#report').hidden = true
  need(document, '#filters').hidden = locked
  say(locked ? '' : `${String(error)} Change the filters, or load again.`)
  if (locked) openLogin()
}

async function load(view: View, signal: AbortSignal): Promise<void> {
  const ask = (other: View) => fetchReport(other, signal)
  const report = await ask(view)
  const origin = originOf(report, view)
  filters.show(report, origin?.host ?? null)
  showExports(view, fail)
  showSummary(report, origin)
  put('#to-do')
  put('#hosts')
  for (const part of ['#report', '#filters']) need(document, part).hidden = false
  say(`${summary(report)} Looking at its course …`)
  const evidence = { report, origin, since: await reportsSince(report, view, ask) }
  const advice = judgements(evidence)
  put('#to-do', ...toDo(advice.values(), origin !== null))
  const course = await periods(report, view, ask)
  const cards = [...advice].map(([host, each]) => hostCard(host, each, evidence, course))
  put('#hosts', ...cards)
  say(summary(report))
}

function originOf({ hosts, origin }: QualityReport, view: View): HostQuality | null {
  return hosts.find(({ host }) => host === (view.against ?? origin)) ?? null
}

/** One more report for every day on which a host turned for the worse. */
async function reportsSince(
  report: QualityReport,
  view: View,
  ask: (view: View) => Promise<QualityReport>,
): Promise<Map<string, QualityReport>> {
  const found = new Map<string, QualityReport>()
  for (const { day } of turns(report).values()) {
    if (!found.has(day)) found.set(day, await ask({ ...view, since: day }))
  }
  return found
}

function showSummary(report: QualityReport, origin: HostQuality | null): void {
  put('#gains', ...gainList(report))
  put('#alarms', alarmTable(report.alarms))
  put('#overview', overview(report, origin))
  put('#priors', ...report.prior.map((each) => html('li', {}, priorSentence(each))))
  put('#epsilon', report.epsilons.map(String).join(' and ') || 'not known yet')
}

function summary({ reports, days, hosts }: QualityReport): string {
  const [first, last] = [days[0]?.day, days.at(-1)?.day]
  if (first === undefined || last === undefined) {
    return 'No reports in these days of these viewers. Each viewer reports at most once a day.'
  }
  return `${count(reports)} reports of ${hosts.length} hosts, ${date(first)} to ${date(last)}.`
}

const put = (place: string, ...children: (Node | string)[]): void =>
  need(document, place).replaceChildren(...children)
const say = (words: string): void => put('#status', words)

show(viewOf(new URLSearchParams(location.search)))
