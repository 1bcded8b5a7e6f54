/** Collects the plugin's events: fetches, explanations of choices, and beliefs about hosts. */
import type { LoadEvent } from '../../../plugin/client/courier/events.ts'
import { fill } from '../../../plugin/shared/translation.ts'
import { Records } from '../../../plugin/client/planner/records.ts'
import type { Handle } from '../../../plugin/client/register.ts'
import { beginFetch, rate_mbps, type EngineView, type SegmentFetch } from './state.ts'

const EXPLAIN_MS = 1000
/** Time until the demo sends the daily report, which the plugin alone would send later. */
const TELL_AFTER_MS = 25_000

type Asked = Extract<LoadEvent, { type: 'asked' | 'fetched' }>

export function observePlugin(
  view: EngineView,
  onStart: (fetched: SegmentFetch, file: string, first: number) => void,
): void {
  addEventListener('mirrorwise', (event) => {
    const { load, planner, reporter } = (event as CustomEvent<Handle>).detail
    const asked = new Map<string, SegmentFetch>()
    load.events.on((event) => {
      if (event.type === 'planned') {
        view.sentence = event.plan.why.map(([say, values]) => fill(say, values, String)).join(' ')
      } else if (event.type === 'asked') {
        const fetched = beginFetch(event.host)
        asked.set(keyOf(event), fetched)
        onStart(fetched, event.segment.file, event.first)
      } else if (event.type === 'fetched') {
        const fetched = asked.get(keyOf(event))
        if (fetched) end(fetched, event)
      }
    })
    setInterval(() => {
      view.state = planner.state
      if (performance.now() > TELL_AFTER_MS) void reporter?.tell()
      void planner.explain().then((explanation) => {
        if (explanation) view.beliefs = explanation.hosts
      })
    }, EXPLAIN_MS)
  })
}

/** Becomes a new viewer after today's report, because a viewer sends one report a day. */
export function beAnotherViewer(): void {
  const records = new Records()
  if (records.get('told') !== undefined) records.remove('secret', 'diary', 'told')
}

function keyOf({ segment, host, role, first }: Asked): string {
  return `${segment.id} ${host} ${role} ${first}`
}

function end(fetched: SegmentFetch, event: Extract<LoadEvent, { type: 'fetched' }>): void {
  const { kind, status, ttfb_s, total_s, bytes } = event
  const rate = rate_mbps(bytes, total_s, ttfb_s)
  Object.assign(fetched, { outcome: kind, status, ttfb_s, total_s, bytes, rate_mbps: rate })
}
