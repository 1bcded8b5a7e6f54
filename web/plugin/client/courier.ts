/** Brings segments, whatever the hosts do. */
import type { Host } from '../messages.ts'
import { Delivery } from './delivery.ts'
import type { Planner } from './fallback.ts'
import type { Fuse } from './fuse.ts'
import type { ByteRange } from './range.ts'
import type { Load } from './load.ts'
import { Traffic } from './traffic.ts'

/** What the loader wants, and how. */
export interface Job {
  load: Load
  url: string
  /** The whole segment; absent when it is a file of its own. */
  byteRange: ByteRange | undefined
  /** What is still missing of it; absent for a whole file. */
  requestByteRange: ByteRange | undefined
  signal: AbortSignal
  /** How PeerTube would ask the origin; holds the viewer's credentials, if any are needed. */
  originInit: RequestInit
  /** Fetches it as PeerTube would without us. */
  stock: () => Promise<Response>
}

/** One for the whole page: hosts are shared by all players on it. */
export class Courier {
  readonly planner: Planner
  readonly fuse: Fuse
  readonly traffic: Traffic
  /** Hosts that have served wrong bytes; asked again only when no other is left. */
  readonly liars = new Set<Host>()

  constructor(planner: Planner, fuse: Fuse, traffic = new Traffic()) {
    this.planner = guarded(planner, fuse)
    this.fuse = fuse
    this.traffic = traffic
  }

  /** Answers at once; all that takes time, and all that fails, does so in the body. */
  deliver(job: Job): Response {
    return job.load.events.timed(() => new Delivery(this, job).response)
  }
}

/** What fails to learn or to advise costs no segment; what fails to plan costs ours. */
function guarded(planner: Planner, fuse: Fuse): Planner {
  return {
    plan: (request) => planner.plan(request),
    progress: (soFar) =>
      fuse.guard(
        () => planner.progress(soFar),
        () => ({ rescue: null, why: '' }),
      ),
    idle: (idle) =>
      fuse.guard(
        () => planner.idle(idle),
        () => ({ part: null, bytes: 0, why: '' }),
      ),
    observe: (outcome, isPublic) =>
      void fuse.guard(
        () => planner.observe(outcome, isPublic),
        () => undefined,
      ),
  }
}
