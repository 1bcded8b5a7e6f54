/** The strip of segments, each with its host, TTFB, rate, and the other hosts it was asked of. */
import { html } from '../../../dom.ts'
import { drawBadge, type HostBadge, type HostBadges } from './host-badges.ts'
import { latency, rate } from './number-format.ts'
import type { DemoState, SegmentFetch } from '../metrics/state.ts'

export interface Column {
  segment: number
  /** The host that serves the segment, or has served most of it. */
  server: {
    badge: HostBadge
    done: boolean
    ttfb_s: number | null
    rate_mbps: number | null
  } | null
  /** Other hosts that the segment was asked of. */
  others: HostBadge[]
  shown: boolean
}

export function columns(state: DemoState, segments: number, badges: HostBadges): Column[] {
  const shown = new Set(state.played.map(({ segment }) => segment))
  return Array.from({ length: segments }, (_, segment) => {
    const fetches = state.fetches.filter((fetched) => fetched.segment === segment)
    const done = fetches.filter(({ outcome }) => outcome === 'ok')
    const server =
      done.toSorted((a, b) => b.bytes - a.bytes)[0] ??
      fetches.findLast(({ outcome }) => outcome === 'loading')
    const others = new Set(fetches.flatMap(({ host }) => (host === server?.host ? [] : [host])))
    return {
      segment,
      server: server ? servedBy(server, badges) : null,
      others: [...others].map((host) => badges.of(host)),
      shown: shown.has(segment),
    }
  })
}

function servedBy(fetched: SegmentFetch, badges: HostBadges): Column['server'] {
  const { host, ttfb_s, rate_mbps, outcome } = fetched
  return { badge: badges.of(host), done: outcome === 'ok', ttfb_s, rate_mbps }
}

export function drawStrip(strip: Column[]): Node[] {
  const row = (name: string, cell: (column: Column) => Node | string): HTMLElement =>
    html(
      'tr',
      {},
      html('th', { scope: 'row' }, name),
      ...strip.map((column) => html('td', {}, cell(column))),
    )
  return [
    html(
      'table',
      {},
      html('caption', {}, 'Which host served each segment'),
      row('host', hostCell),
      row('ms', ({ server }) => figure(server?.ttfb_s, (s) => latency(s).replace(' ms', ''))),
      row('Mbit/s', ({ server }) => figure(server?.rate_mbps, (mbps) => rate(Math.min(mbps, 999)))),
      row('also', ({ others }) => html('span', {}, others.map(({ letter }) => letter).join(' '))),
    ),
  ]
}

function hostCell({ server, shown }: Column): HTMLElement | string {
  if (!server) return ''
  const cell = drawBadge(server.badge)
  cell.classList.add(shown ? 'shown' : server.done ? 'loaded' : 'loading')
  cell.removeAttribute('aria-hidden')
  cell.title = server.done ? server.badge.name : `${server.badge.name}, loading`
  return cell
}

function figure(value: number | null | undefined, words: (value: number) => string): string {
  return value === null || value === undefined ? '' : words(value).replace(' s', 's')
}
