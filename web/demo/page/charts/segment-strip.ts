/** One column per segment: who served it, how soon, how fast, and who else was asked. */
import { html } from '../../../dom.ts'
import { badge, type Face, type Faces } from './hosts.ts'
import { latency, rate } from './numbers.ts'
import type { DemoState, SegmentFetch } from '../measures/state.ts'

export interface Column {
  segment: number
  /** Who serves it, or served most of it. */
  server: { face: Face; done: boolean; ttfb_s: number | null; rate_mbps: number | null } | null
  /** Others that were asked. */
  others: Face[]
  shown: boolean
}

export function columns(state: DemoState, segments: number, faces: Faces): Column[] {
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
      server: server ? servedBy(server, faces) : null,
      others: [...others].map((host) => faces.of(host)),
      shown: shown.has(segment),
    }
  })
}

function servedBy(fetched: SegmentFetch, faces: Faces): Column['server'] {
  const { host, ttfb_s, rate_mbps, outcome } = fetched
  return { face: faces.of(host), done: outcome === 'ok', ttfb_s, rate_mbps }
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
  const cell = badge(server.face)
  cell.classList.add(shown ? 'shown' : server.done ? 'loaded' : 'loading')
  cell.removeAttribute('aria-hidden')
  cell.title = server.done ? server.face.name : `${server.face.name}, loading`
  return cell
}

function figure(value: number | null | undefined, words: (value: number) => string): string {
  return value === null || value === undefined ? '' : words(value).replace(' s', 's')
}
