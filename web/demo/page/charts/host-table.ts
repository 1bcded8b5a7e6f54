/** The table of hosts: the engine's beliefs for the right player, measured medians for the left. */
import { html, svg } from '../../../dom.ts'
import { canonical, drawBadge, type HostBadge, type HostBadges } from './host-badges.ts'
import { latency, rate } from './number-format.ts'
import { quantile, type DemoState } from '../metrics/state.ts'

const LOWEST_MBPS = 0.1
const HIGHEST_MBPS = 100

export interface HostRow {
  badge: HostBadge
  used: number
  ttfb_s: number | null
  rate_mbps: number | null
  /** Null for the left player, which measures but has no beliefs. */
  rate_mbps_90: [number, number] | null
  p_down: number | null
}

/** Medians of the fetches so far. */
export function measuredRows({ fetches }: DemoState, badges: HostBadges): HostRow[] {
  return badges.known.map(([host, badge]) => {
    const own = fetches.filter((fetched) => canonical(fetched.host) === host)
    return {
      badge,
      used: own.length,
      ttfb_s: quantile(
        own.flatMap(({ ttfb_s }) => ttfb_s ?? []),
        0.5,
      ),
      rate_mbps: quantile(
        own.flatMap(({ rate_mbps }) => rate_mbps ?? []),
        0.5,
      ),
      rate_mbps_90: null,
      p_down: null,
    }
  })
}

export function believedRows({ engine, fetches }: DemoState, badges: HostBadges): HostRow[] {
  return badges.known.map(([host, badge]) => {
    const belief = engine?.beliefs.find((believed) => canonical(believed.host) === host)
    return {
      badge,
      used: belief?.used ?? fetches.filter((fetched) => canonical(fetched.host) === host).length,
      ttfb_s: belief?.ttfb_s ?? null,
      rate_mbps: belief?.rate_mbps ?? null,
      rate_mbps_90: belief?.rate_mbps_90 ?? null,
      p_down: belief?.p_down ?? null,
    }
  })
}

export function drawHosts(rows: HostRow[], caption: string): Node[] {
  const head = ['host', 'asked', 'TTFB', 'rate, Mbit/s', 'down']
  return [
    html(
      'table',
      {},
      html('caption', {}, caption),
      html('tr', {}, ...head.map((name) => html('th', { scope: 'col' }, name))),
      ...rows.map((row) =>
        html(
          'tr',
          {},
          html('th', { scope: 'row' }, drawBadge(row.badge), row.badge.name),
          html('td', {}, String(row.used)),
          html('td', {}, latency(row.ttfb_s)),
          html('td', {}, html('div', { class: 'rate' }, rate(row.rate_mbps), rateBar(row))),
          html('td', {}, row.p_down === null ? '–' : `${Math.round(100 * row.p_down)} %`),
        ),
      ),
    ),
  ]
}

/** A bar of the rate on a logarithmic axis, with a whisker for its 90 % interval. */
function rateBar({ badge, rate_mbps, rate_mbps_90 }: HostRow): SVGElement {
  const x = (mbps: number): number => {
    const share = Math.log(mbps / LOWEST_MBPS) / Math.log(HIGHEST_MBPS / LOWEST_MBPS)
    return 100 * Math.min(1, Math.max(0, share))
  }
  const bar = svg('svg', {
    viewBox: '0 0 100 14',
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
  })
  for (const decade of [1, 10]) {
    bar.append(svg('line', { class: 'grid', x1: x(decade), x2: x(decade), y1: 0, y2: 14 }))
  }
  if (rate_mbps === null) return bar
  bar.append(svg('rect', { class: badge.style, x: 0, y: 3, width: x(rate_mbps), height: 8 }))
  if (rate_mbps_90) {
    const [low, high] = rate_mbps_90.map(x) as [number, number]
    bar.append(svg('path', { class: 'whisker', d: `M${low} 3V11M${low} 7H${high}M${high} 3V11` }))
  }
  return bar
}
