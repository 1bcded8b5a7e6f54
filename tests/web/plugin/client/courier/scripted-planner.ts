/** A planner whose splits, rescues and takeovers are scripted by the test. */
import type { Planner } from '../../../../../web/plugin/client/courier/planner.ts'
import type {
  Advice,
  FetchSoFar,
  Host,
  Idle,
  Plan,
  Takeover,
} from '../../../../../web/plugin/messages.ts'
import type { PlanRequest } from '../../../../../web/plugin/messages.ts'

interface Share {
  /** Number of the host; 0 is the origin. */
  host: number
  /** Share of the wanted bytes; the last part gets all remaining bytes. */
  share: number
  hedge?: { host: number; after_s: number }
}

export interface Script {
  shares?: Share[]
  /** Numbers of the hosts, best first; by default in the order of the list. */
  ranking?: number[]
  rescue?: (soFar: FetchSoFar) => number | null
  takeOver?: (idle: Idle) => { part: number; bytes: number } | null
}

export class ScriptedPlanner implements Planner {
  script: Script
  readonly idles: Idle[] = []
  #hosts: Host[] = []
  #plans = 0

  constructor(script: Script) {
    this.script = script
  }

  plan({ hosts, bytes }: PlanRequest): Promise<Plan> {
    this.#hosts = hosts
    const { shares = [], ranking = hosts.map((_, i) => i) } = this.script
    const wanted = bytes ?? 0
    let rest = wanted
    const parts = shares.map(({ host, share, hedge }, i) => {
      const part = i === shares.length - 1 ? rest : Math.round(share * wanted)
      rest -= part
      const second = hedge ? { host: this.#host(hedge.host), after_s: hedge.after_s } : null
      return { host: this.#host(host), bytes: part, hedge: second }
    })
    return Promise.resolve({
      plan: ++this.#plans,
      ranking: ranking.map((host) => this.#host(host)),
      hedge: null,
      parts,
      stall_s: 1,
      propensity: 1,
      explored: false,
      why: [],
    })
  }

  progress(soFar: FetchSoFar): Promise<Advice> {
    const host = this.script.rescue?.(soFar) ?? null
    return Promise.resolve({ rescue: host === null ? null : this.#host(host), why: 'by hand' })
  }

  idle(idle: Idle): Promise<Takeover> {
    this.idles.push(idle)
    const answer = this.script.takeOver?.(idle) ?? { part: null, bytes: 0 }
    return Promise.resolve({ ...answer, why: 'by hand' })
  }

  observe(): void {
    // A scripted planner does not learn.
  }

  discard(): void {
    // Nor does it count.
  }

  #host(index: number): Host {
    const host = this.#hosts[index]
    if (host === undefined) throw new RangeError(`no host ${index}`)
    return host
  }
}
