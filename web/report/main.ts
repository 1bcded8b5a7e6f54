/** The report page: fetches the report by the filters, and shows all its sections. */
import { html, need } from '../dom.ts'
import { toDo } from './sections/advice-line.ts'
import { alarmTable } from './sections/alarms.ts'
import { showExports } from './service/exports.ts'
import { fetchReport, fetchShared, TokenNeeded } from './service/api-client.ts'
import { counted, date } from './sentences/figures.ts'
import { FilterForm } from './sections/filter-form.ts'
import { gainList } from './sections/gains.ts'
import { hostCard, isPhone } from './sections/host-card.ts'
import { adviceByHost, worstFirst } from './sentences/host-advice.ts'
import { overview } from './sections/overview.ts'
import type { HostQuality, QualityReport } from './service/report.ts'
import { askForToken } from './service/token.ts'
import { showShared } from './sections/users.ts'
import { viewOf, type View } from './service/view.ts'
import { priorSentence } from './sentences/sentences.ts'

const methods = need(document, '#methods details') as HTMLDetailsElement
methods.open = !isPhone()

let running = new AbortController()

const filters = new FilterForm((view) => {
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
  const report = await fetchReport(view, signal)
  const origin = originOf(report, view)
  filters.show(report, origin?.host ?? null)
  showExports(view, fail)
  const evidence = { report, origin }
  const advice = worstFirst(adviceByHost(evidence))
  showSummary(report, [...advice.keys()], origin)
  put('#to-do', ...toDo(advice.values(), origin !== null))
  put('#hosts', ...[...advice].map(([host, each]) => hostCard(host, each, evidence)))
  for (const part of ['#report', '#filters']) need(document, part).hidden = false
  say(summary(report))
  const shared = await fetchShared(signal).catch(() => null)
  if (!signal.aborted) showShared(need(document, '#hosts'), shared)
}

function originOf({ hosts, origin }: QualityReport, view: View): HostQuality | null {
  return hosts.find(({ host }) => host === (view.against ?? origin)) ?? null
}

function showSummary(
  report: QualityReport,
  hosts: readonly HostQuality[],
  origin: HostQuality | null,
): void {
  put('#gains', ...gainList(report))
  put('#alarms', alarmTable(report.alarms))
  put('#overview', overview(report, hosts, origin))
  put('#priors', ...report.prior.map((each) => html('li', {}, priorSentence(each))))
  put('#epsilon', report.epsilons.map(String).join(' and ') || 'not known yet')
}

function summary({ reports, days, hosts }: QualityReport): string {
  const [first, last] = [days[0]?.day, days.at(-1)?.day]
  if (first === undefined || last === undefined) {
    return 'No reports in these days of these viewers. Each viewer reports at most once a day.'
  }
  const time = `${date(first)} to ${date(last)}`
  return `${counted(reports, 'report')} of ${counted(hosts.length, 'host')}, ${time}.`
}

const put = (place: string, ...children: (Node | string)[]): void =>
  need(document, place).replaceChildren(...children)
const say = (words: string): void => put('#status', words)

show(viewOf(new URLSearchParams(location.search)))
