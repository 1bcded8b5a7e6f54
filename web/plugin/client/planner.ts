/** Who decides: the engine when it is there and in time, else the fallback. */
import type {
  Advice,
  Explanation,
  FetchSoFar,
  Host,
  Outcome,
  Plan,
  PlanRequest,
  Snapshot,
} from '../messages.ts'
import { Engine, type WorkerPort } from './engine.ts'
import { Emitter, type EngineState } from './events.ts'
import { Fallback, type Planner } from './fallback.ts'
import type { Memory, MemoryStore } from './memory.ts'
import { within } from './waiting.ts'

/** Playback does not wait for Python: 20 times what a round trip takes on a busy machine. */
const DEADLINE_S = 0.02
/** Outcomes kept for an engine that is still loading; at 4 s each that is minutes. */
const MAX_QUEUE = 256
/**
 * Short visits are saved more often, because what is written when the page goes away comes too
 * late in a third of the cases (66 of 100 writes got through in Chromium on a busy machine).
 */
const SAVE_EVERY = 10
/** After the first segment is asked for, should the first frame be long in coming. */
const START_AT_LATEST_MS = 5_000

type Keeper = Pick<MemoryStore, 'read' | 'write'>

export class PagePlanner implements Planner {
  state: EngineState = 'off'
  /** Hears when the state changes. */
  readonly states = new Emitter<EngineState>()
  readonly #store: Keeper
  readonly #makeWorker: (() => WorkerPort) | null
  readonly #fallback = new Fallback({})
  readonly #recalled: Promise<Memory | null>
  #engine: Engine | null = null
  #queue: Outcome[] = []
  #atLatest: ReturnType<typeof setTimeout> | undefined
  #observed = 0
  #ranking: Host[] = []
  #snapshot: Snapshot | null = null

  constructor(store: Keeper, makeWorker: (() => WorkerPort) | null) {
    this.#store = store
    this.#makeWorker = makeWorker
    this.#recalled = store.read()
    void this.#recalled.then((memory) => {
      this.#ranking = memory?.ranking ?? []
      this.#fallback.prefer(this.#ranking)
    })
  }

  /** Starts the engine, once; for when the first frame is there, which it must not delay. */
  start(): void {
    clearTimeout(this.#atLatest)
    if (this.state !== 'off' || !this.#makeWorker) return
    this.#become('loading')
    this.#open(this.#makeWorker).catch((error: unknown) => {
      console.warn('mirrorwise: deciding without the engine:', error)
      this.#engine = null
      this.#queue = []
      this.#become('failed')
    })
  }

  async plan(request: PlanRequest): Promise<Plan> {
    this.#atLatest ??= setTimeout(() => this.start(), START_AT_LATEST_MS)
    const engine = this.#engine
    if (engine) {
      const plan = await within(
        DEADLINE_S,
        engine.call('plan', request).catch(() => null),
      )
      if (plan && !believable(plan, request)) engine.fail('the engine sent a plan that is none')
      else if (plan) {
        if (!plan.explored) this.#ranking = plan.ranking
        return plan
      }
    }
    return this.#fallback.plan(request)
  }

  async progress(soFar: FetchSoFar): Promise<Advice> {
    if (!this.#engine || soFar.plan === 0) return this.#fallback.progress(soFar)
    return this.#engine.call('progress', soFar).catch(() => ({ rescue: null, why: '' }))
  }

  observe(outcome: Outcome): void {
    this.#fallback.observe(outcome)
    if (this.#engine) void this.#learn(this.#engine, outcome)
    else if (this.state !== 'failed') this.#queue = [...this.#queue.slice(1 - MAX_QUEUE), outcome]
  }

  /** What the engine believes; null when there is none. */
  async explain(): Promise<Explanation | null> {
    return this.#engine?.call('explain', { now_s: Date.now() / 1000 }).catch(() => null) ?? null
  }

  /** Writes what is at hand; there is no time to ask when the page goes away. */
  save(): void {
    if (this.#snapshot) this.#store.write({ ranking: this.#ranking, snapshot: this.#snapshot })
  }

  async #open(makeWorker: () => WorkerPort): Promise<void> {
    const engine = new Engine(makeWorker())
    await engine.ready
    const memory = await this.#recalled
    const [seed = 0] = crypto.getRandomValues(new Uint32Array(1))
    await engine.call('open', { seed, priors: {} })
    if (memory) await restore(engine, memory.snapshot)
    this.#engine = engine
    for (const outcome of this.#queue.splice(0)) void this.#learn(engine, outcome)
    this.#become('ready')
    throw new Error(await engine.failed)
  }

  async #learn(engine: Engine, outcome: Outcome): Promise<void> {
    try {
      await engine.call('observe', outcome)
      this.#snapshot = await engine.call('snapshot', {})
    } catch {
      // A failed engine is dealt with where it was started.
      return
    }
    this.#observed += 1
    if (this.#observed < SAVE_EVERY || this.#observed % SAVE_EVERY === 0) this.save()
  }

  #become(state: EngineState): void {
    this.state = state
    this.states.emit(state)
  }
}

async function restore(engine: Engine, snapshot: Snapshot): Promise<void> {
  try {
    await engine.call('restore', { snapshot })
  } catch (error) {
    console.warn('mirrorwise: what was remembered cannot be used, starting fresh:', error)
  }
}

/** Whether the plan asks only hosts that may be asked, in times that make sense. */
function believable({ plan, ranking, hedge, stall_s }: Plan, { hosts }: PlanRequest): boolean {
  const known = (host: Host): boolean => hosts.includes(host)
  return (
    Number.isSafeInteger(plan) &&
    plan > 0 &&
    ranking.length > 0 &&
    ranking.every(known) &&
    (hedge === null || (known(hedge.host) && isDelay(hedge.after_s))) &&
    isDelay(stall_s)
  )
}

/** Timers take no longer ones, and fire at once. */
function isDelay(s: number): boolean {
  return s > 0 && s < 3600
}
