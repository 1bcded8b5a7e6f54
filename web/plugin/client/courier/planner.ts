/** The interface of planners: they decide which hosts a segment is fetched from. */
import type {
  Advice,
  FetchSoFar,
  Idle,
  Outcome,
  Plan,
  PlanRequest,
  Takeover,
} from '../../messages.ts'

export interface Planner {
  plan(request: PlanRequest): Promise<Plan>
  progress(soFar: FetchSoFar): Promise<Advice>
  idle(idle: Idle): Promise<Takeover>
  /** Observes one fetch; an outcome of a video that is not public never enters a report. */
  observe(outcome: Outcome, isPublic: boolean): void
  /** Notes that a fetch has ended, and learns nothing: it says nothing about its host. */
  discard(outcome: Outcome): void
}
