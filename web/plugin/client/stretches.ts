/** All stretches of one segment: asked for at once, and none left behind by those that are done. */
import type { Host, Plan } from '../messages.ts'
import type { Run } from './body.ts'
import { Stretch, type Order, type Whole } from './stretch.ts'

/** Resolves when all that is missing has come; rejects with the first stretch that cannot be had. */
export function bringAll(whole: Whole): Promise<void> {
  const open = new Set<Stretch>()
  return new Promise((resolve, reject) => {
    const begin = (order: Order): void => {
      const stretch = new Stretch(whole, order)
      open.add(stretch)
      stretch.bring().then(() => end(stretch), reject)
    }
    const end = (stretch: Stretch): void => {
      open.delete(stretch)
      if (open.size === 0) resolve()
      else if (stretch.finisher !== null) void takeOver(stretch.finisher)
    }
    const takeOver = async (idle: Host): Promise<void> => {
      const run = await restFor(idle, open, whole)
      if (run) begin({ run, host: idle, hedge: null, role: 'takeover' })
    }
    const orders = ordersFor(whole.body.missing, whole.plan)
    if (orders.length === 0) resolve()
    orders.forEach(begin)
  })
}

/** One stretch for each part of the plan; more where a part goes over what is there already. */
function ordersFor(missing: Run[], { ranking, hedge, parts }: Plan): Order[] {
  const [host = ''] = ranking
  if (parts.length === 0) return missing.map((run) => ({ run, host, hedge, role: 'primary' }))
  const [...runs] = missing
  return parts.flatMap(({ host, bytes, hedge }) =>
    takeFrom(runs, bytes).map((run): Order => ({ run, host, hedge, role: 'part' })),
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

/** What the idle host is to take over of the others' stretches, if anything. */
async function restFor(idle: Host, open: Set<Stretch>, whole: Whole): Promise<Run | null> {
  const others = [...open].filter((stretch) => stretch.soFar !== null)
  const parts = others.flatMap((stretch) => stretch.soFar ?? [])
  if (parts.length === 0) return null
  const { planner, plan, over } = whole
  const now_s = Date.now() / 1000
  const { part, bytes } = await planner.idle({ plan: plan.plan, host: idle, now_s, parts })
  if (part === null || over.aborted) return null
  return others[part]?.giveUp(bytes) ?? null
}
