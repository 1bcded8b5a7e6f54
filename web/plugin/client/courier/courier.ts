/** The courier: downloads segments from origin and mirrors by plan, and fails over between them. */
import type { Host } from '../../messages.ts'
import { Delivery } from './delivery.ts'
import type { CircuitBreaker } from './circuit-breaker.ts'
import type { Planner } from './planner.ts'
import type { SegmentRequest } from './segment-request.ts'
import type { Shared } from './shared.ts'
import { LinkWatch } from './http/link-watch.ts'
import { PausedHosts } from './http/retry-after.ts'
import { Traffic } from './http/traffic.ts'
import { MissingFiles } from './video/missing-files.ts'

/** One courier serves all players of a page, because the players share the hosts. */
export class Courier implements Shared {
  readonly planner: Planner
  readonly breaker: CircuitBreaker
  readonly traffic: Traffic
  readonly link: LinkWatch
  /** Hosts that have served wrong bytes; asked again only when no other host is left. */
  readonly corruptHosts = new Set<Host>()
  readonly missing = new MissingFiles()
  readonly paused = new PausedHosts()

  constructor(planner: Planner, breaker: CircuitBreaker, traffic = new Traffic()) {
    this.planner = guarded(planner, breaker)
    this.link = new LinkWatch(this.planner)
    this.breaker = breaker
    this.traffic = traffic
  }

  /** Returns a response at once; the download, and any error, follow in the response's body. */
  deliver(request: SegmentRequest): Response {
    return request.load.events.timed(() => new Delivery(this, request).response)
  }
}

/**
 * Wraps the planner: an exception in `plan` fails the download, all other exceptions are only
 * counted.
 */
function guarded(planner: Planner, breaker: CircuitBreaker): Planner {
  return {
    plan: (request) => planner.plan(request),
    progress: (soFar) =>
      breaker.guard(
        () => planner.progress(soFar),
        () => ({ rescue: null, why: '' }),
      ),
    idle: (idle) =>
      breaker.guard(
        () => planner.idle(idle),
        () => ({ part: null, bytes: 0, why: '' }),
      ),
    observe: (outcome, isPublic) =>
      void breaker.guard(
        () => planner.observe(outcome, isPublic),
        () => undefined,
      ),
    discard: (outcome) =>
      void breaker.guard(
        () => planner.discard(outcome),
        () => undefined,
      ),
  }
}
