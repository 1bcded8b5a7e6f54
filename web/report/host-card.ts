/** All that is known of one host. */
import { html } from '../demo/page/dom.ts'
import { distribution } from './distribution.ts'
import { nameOf } from './figures.ts'
import { overTime } from './over-time.ts'
import type { Period } from './periods.ts'
import { days } from './periods.ts'
import type { HostQuality } from './report.ts'
import { judge, type Evidence } from './judging.ts'
import type { Advice } from './words.ts'

const SIGNS: Record<Advice['kind'], string> = {
  do: '▶ To do',
  look: '◆ Look',
  keep: '✓ Keep',
  unclear: '○ Nothing to do',
}

export function hostCard(host: HostQuality, evidence: Evidence, periods: Period[]): HTMLElement {
  const { report, origin } = evidence
  const { kind, text } = judge(host, evidence)
  const course = { host: host.host, periods, scales: report.scales, alarms: report.alarms, origin }
  return html(
    'section',
    { class: 'host', id: encodeURIComponent(host.host), 'aria-label': nameOf(host.host) },
    html('h3', {}, nameOf(host.host)),
    html('p', { class: `advice ${kind}` }, html('b', {}, SIGNS[kind]), ` ${text}`),
    html(
      'div',
      { class: 'charts' },
      overTime('ttfb', course),
      overTime('rate', course),
      overTime('error', course),
      distribution('ttfb', host, origin, report.scales),
      distribution('rate', host, origin, report.scales),
      // The host of a report is not noised: its part of the fetches can be told day by day.
      overTime('share', { ...course, periods: days(report) }),
    ),
  )
}
