/**
 * Downloads the parts of one segment in parallel; an idle host takes over the end of a slow part.
 */
import type { Host, Plan } from '../../messages.ts'
import type { Run } from './body.ts'
import { RangeDownload, type RangeRequest, type SegmentDownload } from './range-download.ts'

/** Resolves when the segment is complete; rejects when no host can serve one of its ranges. */
export function downloadAll(segment: SegmentDownload): Promise<void> {
  const open = new Set<RangeDownload>()
  return new Promise((resolve, reject) => {
    const begin = (request: RangeRequest): void => {
      const download = new RangeDownload(segment, request)
      open.add(download)
      download.run().then(() => end(download), reject)
    }
    const end = (download: RangeDownload): void => {
      open.delete(download)
      if (open.size === 0) resolve()
      else if (download.finisher !== null) void takeOver(download.finisher)
    }
    const takeOver = async (idle: Host): Promise<void> => {
      const run = await restFor(idle, open, segment)
      if (run) begin({ run, host: idle, hedge: null, role: 'takeover' })
    }
    const requests = requestsFor(segment.body.missing, segment.plan)
    if (requests.length === 0) resolve()
    requests.forEach(begin)
  })
}

/** One request for each part of the plan; more when a part spans bytes that are present already. */
function requestsFor(missing: Run[], { ranking, hedge, parts }: Plan): RangeRequest[] {
  const [host = ''] = ranking
  if (parts.length === 0) return missing.map((run) => ({ run, host, hedge, role: 'primary' }))
  const [...runs] = missing
  return parts.flatMap(({ host, bytes, hedge }) =>
    takeFrom(runs, bytes).map((run): RangeRequest => ({ run, host, hedge, role: 'part' })),
  )
}

/** Takes the first `bytes` off the runs. */
function takeFrom(runs: Run[], bytes: number): Run[] {
  const taken: Run[] = []
  for (let run = runs.shift(); run; run = runs.shift()) {
    const end = Math.min(run.end ?? Infinity, run.first + bytes)
    taken.push({ first: run.first, end })
    bytes -= end - run.first
    if (end !== run.end) runs.unshift({ first: end, end: run.end })
    if (bytes === 0) break
  }
  return taken
}

/** The byte range that the idle host takes over; null when the planner wants no takeover. */
async function restFor(
  idle: Host,
  open: Set<RangeDownload>,
  segment: SegmentDownload,
): Promise<Run | null> {
  const others = [...open].filter((download) => download.soFar !== null)
  const parts = others.flatMap((download) => download.soFar ?? [])
  if (parts.length === 0) return null
  const { planner, plan, over } = segment
  const now_s = Date.now() / 1000
  const { part, bytes } = await planner.idle({ plan: plan.plan, host: idle, now_s, parts })
  if (part === null || over.aborted) return null
  return others[part]?.handOver(bytes) ?? null
}
