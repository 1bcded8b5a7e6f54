/** The schedule of one host: changes of its conditions at set times. */
import type { ScheduleStep } from '../contract.ts'
import { readConditions } from './conditions.ts'
import type { MediaServer } from './media-server.ts'

/** Changes a host's conditions at the times of its steps. */
export class Schedule {
  readonly steps: ScheduleStep[]
  readonly #server: MediaServer
  readonly #before: MediaServer['conditions']
  #timers: NodeJS.Timeout[] = []
  #running = false

  constructor(server: MediaServer, steps: ScheduleStep[]) {
    this.#server = server
    this.#before = { ...server.conditions }
    this.steps = steps
  }

  get running(): boolean {
    return this.#running
  }

  /** Starts over, from the conditions with which the host was created. */
  start(): void {
    this.stop()
    this.#running = this.steps.length > 0
    if (this.#running) this.#server.conditions = { ...this.#before }
    this.#timers = this.steps.map(({ at_s, conditions }) =>
      setTimeout(() => {
        this.#server.conditions = readConditions(conditions, this.#server.conditions)
      }, at_s * 1000),
    )
  }

  stop(): void {
    this.#timers.forEach((timer) => clearTimeout(timer))
    this.#running = false
  }
}
