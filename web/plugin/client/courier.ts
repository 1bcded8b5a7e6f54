/** Brings segments, whatever the hosts do. */
import type { Host } from '../messages.ts'
import { Traffic } from './attempt.ts'
import { Delivery } from './delivery.ts'
import type { Planner } from './fallback.ts'
import type { ByteRange } from './range.ts'
import type { Load } from './load.ts'

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
}

/** One for the whole page: hosts are shared by all players on it. */
export class Courier {
  readonly planner: Planner
  readonly traffic = new Traffic()
  /** Hosts that have served wrong bytes; asked again only when no other is left. */
  readonly liars = new Set<Host>()
  /** Segments that failed by a mistake of ours. */
  breakdowns = 0

  constructor(planner: Planner) {
    this.planner = planner
  }

  /** Answers at once; all that takes time, and all that fails, does so in the body. */
  deliver(job: Job): Promise<Response> {
    return job.signal.aborted
      ? Promise.reject(job.signal.reason as Error)
      : Promise.resolve(job.load.events.timed(() => new Delivery(this, job).response))
  }
}
