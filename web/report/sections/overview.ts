/** The overview table: all hosts with all figures. */
import { html } from '../../dom.ts'
import { counted, nameOf, told, type Kind } from '../sentences/figures.ts'
import { isEstimate, type Figure, type HostQuality, type QualityReport } from '../service/report.ts'
import { rateScale, shareScale, ttfbScale, type Scale } from '../charts/scales.ts'
import { whisker } from '../charts/whisker.ts'

interface Column {
  words: string
  kind: Kind
  scale: Scale
  of: (host: HostQuality) => Figure
}

/** The columns that decide come first; errors are not among them, because they do not compare. */
export function overview(
  report: QualityReport,
  hosts: readonly HostQuality[],
  origin: HostQuality | null,
): HTMLElement {
  const columns = columnsOf(report)
  const head = ['Host', ...columns.map(({ words }) => words)]
  return html(
    'table',
    { class: 'overview' },
    html('caption', {}, 'Every figure with its 95 % interval.'),
    html('thead', {}, html('tr', {}, ...head.map((each) => html('th', { scope: 'col' }, each)))),
    html('tbody', {}, ...hosts.map((host) => row(host, columns, host === origin))),
  )
}

function columnsOf({ hosts, scales }: QualityReport): Column[] {
  const [ttfb, rate] = [ttfbScale(scales), rateScale(scales)]
  const shares = shareScale(hosts.map(({ share }) => share))
  return [
    { words: 'First byte, median', kind: 'ttfb', scale: ttfb, of: ({ ttfb_p50 }) => ttfb_p50 },
    { words: 'Rate, median', kind: 'rate', scale: rate, of: ({ rate_p50 }) => rate_p50 },
    { words: 'First byte, slowest 5 %', kind: 'ttfb', scale: ttfb, of: ({ ttfb_p95 }) => ttfb_p95 },
    { words: 'Rate, slowest 5 %', kind: 'rate', scale: rate, of: ({ rate_p5 }) => rate_p5 },
    { words: 'Coverage', kind: 'share', scale: shares, of: ({ share }) => share },
  ]
}

function row(host: HostQuality, columns: Column[], isOrigin: boolean): HTMLElement {
  return html(
    'tr',
    {},
    html(
      'th',
      { scope: 'row' },
      html('a', { href: `#${encodeURIComponent(host.host)}` }, nameOf(host.host)),
      html('small', {}, `${isOrigin ? 'origin, ' : ''}${counted(host.reports, 'report')}`),
    ),
    ...columns.map((column) => cell(column, column.of(host))),
  )
}

function cell({ words, kind, scale }: Column, figure: Figure): HTMLElement {
  const picture = isEstimate(figure) ? [whisker(scale, figure)] : []
  return html(
    'td',
    { 'data-head': words, class: picture.length === 0 && 'few' },
    told(kind, figure),
    ...picture,
  )
}
