/** Who decides: the engine when it is there and in time, else the fallback. */
import type {
  Advice,
  Explanation,
  FetchSoFar,
  Host,
  Idle,
  Limits,
  Outcome,
  Part,
  Plan,
  PlanRequest,
  Snapshot,
  Takeover,
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
/**
 * The engine does one thing after the other. When a segment is there, its outcomes and the wish
 * for the next plan come together, and the plan must not wait for the memory to be written down.
 */
const SAVE_SOON_MS = 500
/** Longer than a player with a full buffer takes from one segment to the next: it has paused. */
const SAVE_WHEN_IDLE_MS = 10_000
/** After the first segment is asked for, should the first frame be long in coming. */
const START_AT_LATEST_MS = 5_000

type Keeper = Pick<MemoryStore, 'read' | 'write'>

export class PagePlanner implements Planner {
  state: EngineState = 'off'
  /** Hears when the state changes. */
  readonly states = new Emitter<EngineState>()
  readonly #store: Keeper
  readonly #makeWorker: (() => WorkerPort) | null
  readonly #limits: Limits | undefined
  readonly #fallback = new Fallback({})
  readonly #recalled: Promise<Memory | null>
  #engine: Engine | null = null
  #queue: Outcome[] = []
  #atLatest: ReturnType<typeof setTimeout> | undefined
  #saving: ReturnType<typeof setTimeout> | undefined
  #savesSoon = false
  #observed = 0
  #ranking: Host[] = []
  #snapshot: Snapshot | null = null

  /** Without `limits` the engine's own hold. */
  constructor(store: Keeper, makeWorker: (() => WorkerPort) | null, limits?: Limits) {
    this.#store = store
    this.#makeWorker = makeWorker
    this.#limits = limits
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
      clearTimeout(this.#saving)
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

  async idle(idle: Idle): Promise<Takeover> {
    const engine = idle.plan === 0 ? null : this.#engine
    const takeover = await engine?.call('idle', idle).catch(() => null)
    return takeover && fits(takeover, idle) ? takeover : { part: null, bytes: 0, why: '' }
  }

  observe(outcome: Outcome): void {
    this.#fallback.observe(outcome)
    if (this.#engine) this.#learn(this.#engine, outcome)
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

  /** Asks the engine for its memory, and writes it. */
  async remember(): Promise<void> {
    clearTimeout(this.#saving)
    this.#savesSoon = false
    const snapshot = await this.#engine?.call('snapshot', {}).catch(() => null)
    if (!snapshot) return
    this.#snapshot = snapshot
    this.save()
  }

  async #open(makeWorker: () => WorkerPort): Promise<void> {
    const engine = new Engine(makeWorker())
    await engine.ready
    const memory = await this.#recalled
    const [seed = 0] = crypto.getRandomValues(new Uint32Array(1))
    const limits = this.#limits && { limits: this.#limits }
    await engine.call('open', { seed, priors: {}, ...limits })
    if (memory) await restore(engine, memory.snapshot)
    this.#engine = engine
    for (const outcome of this.#queue.splice(0)) this.#learn(engine, outcome)
    // A visit so short that the engine comes at its end has left something all the same.
    if (this.#savesSoon) void this.remember()
    this.#become('ready')
    throw new Error(await engine.failed)
  }

  #learn(engine: Engine, outcome: Outcome): void {
    // A failed engine is dealt with where it was started.
    engine.call('observe', outcome).catch(() => undefined)
    this.#observed += 1
    if (this.#savesSoon) return
    this.#savesSoon = this.#observed < SAVE_EVERY || this.#observed % SAVE_EVERY === 0
    clearTimeout(this.#saving)
    const in_ms = this.#savesSoon ? SAVE_SOON_MS : SAVE_WHEN_IDLE_MS
    this.#saving = setTimeout(() => void this.remember(), in_ms)
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

/** Whether the plan asks only hosts that may be asked, for what is wanted, in times that make sense. */
function believable(
  { plan, ranking, hedge, parts, stall_s }: Plan,
  { hosts, bytes }: PlanRequest,
): boolean {
  const known = (host: Host): boolean => hosts.includes(host)
  const isHedge = (hedge: Plan['hedge']): boolean =>
    hedge === null || (known(hedge.host) && isDelay(hedge.after_s))
  const isPart = (part: Part): boolean =>
    known(part.host) && isCount(part.bytes) && isHedge(part.hedge)
  return (
    isCount(plan) &&
    ranking.length > 0 &&
    ranking.every(known) &&
    isHedge(hedge) &&
    parts.every(isPart) &&
    (parts.length === 0 || parts.reduce((sum, part) => sum + part.bytes, 0) === bytes) &&
    isDelay(stall_s)
  )
}

/** Whether that much is missing of that part. */
function fits({ part, bytes }: Takeover, { parts }: Idle): boolean {
  return part === null || (isCount(bytes) && bytes <= (parts[part]?.bytes_left ?? 0))
}

function isCount(n: number): boolean {
  return Number.isSafeInteger(n) && n > 0
}

/** Timers take no longer ones, and fire at once. */
function isDelay(s: number): boolean {
  return s > 0 && s < 3600
}
