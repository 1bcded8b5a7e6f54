/** The table of alarms: hosts whose quality has changed, and since when. */
import { html } from '../../dom.ts'
import { date, nameOf, told } from '../sentences/figures.ts'
import { tableOf } from '../charts/frame.ts'
import type { Alarm } from '../service/report.ts'
import { KINDS, QUESTIONS } from '../sentences/sentences.ts'

export function alarmTable(alarms: Alarm[]): HTMLElement {
  if (alarms.length === 0)
    return html('p', {}, 'No host has changed in these days, as far as the reports can tell.')
  const latest = [...alarms].sort((a, b) => b.day.localeCompare(a.day))
  return tableOf({
    head: ['Since', 'Change', 'Days before', 'Days after'],
    rows: latest.map(({ day, host, question, worse, before, after }) => [
      date(day),
      `${worse ? '▼ worse' : '▲ better'}: ${QUESTIONS[question]} of ${nameOf(host)}`,
      told(KINDS[question], before),
      told(KINDS[question], after),
    ]),
  })
}
