/** State that all segments of a page share, because all its players share the hosts. */
import type { Host } from '../../messages.ts'
import type { CircuitBreaker } from './circuit-breaker.ts'
import type { Planner } from './planner.ts'
import type { LinkWatch } from './http/link-watch.ts'
import type { PausedHosts } from './http/retry-after.ts'
import type { Traffic } from './http/traffic.ts'
import type { MissingFiles } from './video/missing-files.ts'

export interface Shared {
  readonly planner: Planner
  readonly breaker: CircuitBreaker
  readonly traffic: Traffic
  readonly link: LinkWatch
  /** Hosts that have served wrong bytes; asked again only when no other host is left. */
  readonly corruptHosts: Set<Host>
  readonly missing: MissingFiles
  readonly paused: PausedHosts
}
