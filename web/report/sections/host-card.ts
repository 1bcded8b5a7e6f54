/** The card of one host: advice, charts, and its users. */
import { html } from '../../dom.ts'
import { distribution } from '../charts/distribution.ts'
import { nameOf } from '../sentences/figures.ts'
import { overTime } from '../charts/over-time.ts'
import { coveragePeriods } from '../charts/periods.ts'
import type { HostQuality } from '../service/report.ts'
import type { Advice } from '../sentences/advice.ts'
import { missingSentence } from '../sentences/sentences.ts'
import { adviceLine } from './advice-line.ts'
import type { Evidence } from '../sentences/host-advice.ts'
import { whoUses } from './users.ts'

export function hostCard(
  host: HostQuality,
  advice: Advice,
  { report, origin }: Evidence,
): HTMLElement {
  const { periods } = report
  const lacks = missingSentence(host)
  const course = { host: host.host, periods, scales: report.scales, alarms: report.alarms, origin }
  return html(
    'section',
    { class: 'host', id: encodeURIComponent(host.host), 'aria-label': nameOf(host.host) },
    html('h3', {}, nameOf(host.host)),
    adviceLine(advice),
    ...(lacks === null ? [] : [html('p', {}, lacks)]),
    fold(
      'Charts, and who uses it',
      html(
        'div',
        { class: 'charts' },
        overTime('ttfb', course),
        overTime('rate', course),
        overTime('error', course),
        distribution('ttfb', host, origin, report.scales),
        distribution('rate', host, origin, report.scales),
        overTime('share', { ...course, periods: coveragePeriods(report) }),
      ),
      ...report.uses
        .filter((use) => use.host === host.host)
        .map((use) => whoUses(use, report.origin)),
    ),
  )
}

export const isPhone = (): boolean => matchMedia('(max-width: 700px)').matches

/** What a phone shows when it is asked to, and a larger window at once. */
function fold(title: string, ...children: Node[]): HTMLElement {
  return html(
    'details',
    { class: 'fold', open: !isPhone() },
    html('summary', {}, title),
    ...children,
  )
}
