/** The page's planner: asks the engine, and the fallback when the engine is missing or late. */
import type {
  Advice,
  Calls,
  Explanation,
  FetchSoFar,
  Host,
  HostPrior,
  Idle,
  Limits,
  Outcome,
  Part,
  Plan,
  PlanRequest,
  Snapshot,
  Takeover,
  Verb,
} from '../../messages.ts'
import { Engine, type EngineState, type WorkerPort } from './engine.ts'
import { Emitter } from '../courier/events.ts'
import type { Planner } from '../courier/planner.ts'
import { expected_s, Fallback } from './fallback.ts'
import type { Memory, MemoryStore } from './memory.ts'
import { withTimeout } from '../courier/timeouts.ts'

/** Playback never waits longer for a plan of the engine: 20 round trips to it on a busy machine. */
const DEADLINE_S = 0.02
/** Most outcomes queued for an engine that is still loading; at 4 s per segment, some minutes. */
const MAX_QUEUE = 256
/**
 * The memory is saved after each of the first outcomes, then after every tenth. A write when the
 * page is closed comes too late in a third of cases (66 of 100 got through in Chromium on a busy
 * machine).
 */
const SAVE_EVERY = 10
/**
 * Delay of a save. The engine answers calls in order; when a segment is complete, its outcomes and
 * the request for the next plan come together, and this plan must not wait for a snapshot.
 */
const SAVE_SOON_MS = 500
/** Longer than a player with a full buffer waits between segments; then the player is paused. */
const SAVE_WHEN_IDLE_MS = 10_000
/** The engine starts this long after the first request, if there is no first frame sooner. */
const START_AT_LATEST_MS = 5_000

type Store = Pick<MemoryStore, 'read' | 'write' | 'forget'>
type Observation = Calls['observe']['body']
type Preparation = (engine: Engine) => Promise<void>

/** The fleet's priors, for hosts that this viewer may not have tried yet. */
export interface Fleet {
  priors: Record<Host, HostPrior>
  /**
   * Share of new viewers that should start at each host, so that not all start at the same host.
   */
  shares: Record<Host, number>
}

export class PagePlanner implements Planner {
  state: EngineState = 'off'
  /** Emits changes of the state. */
  readonly states = new Emitter<EngineState>()
  /** Emits `observed` whenever the memory is saved. */
  readonly remembered = new Emitter<number>()
  readonly #store: Store
  readonly #makeWorker: (() => WorkerPort) | null
  readonly #limits: Limits | undefined
  readonly #fallback: Fallback
  readonly #preparations: Preparation[] = []
  #recalled: Memory | null
  /** Counts forgettings, so that one that comes while the engine opens is not lost. */
  #forgotten = 0
  /** The engine from its start on; `#engine` is set when it is ready. */
  #started: Engine | null = null
  #engine: Engine | null = null
  #priors: Fleet['priors'] = {}
  #queue: Observation[] = []
  #atLatest: ReturnType<typeof setTimeout> | undefined
  #saving: ReturnType<typeof setTimeout> | undefined
  #savesSoon = false
  #observed = 0
  #public = 0
  #isWanted = true
  #ranking: Host[] = []
  #snapshot: Snapshot | null = null

  /** `limits` replace the engine's own. */
  constructor(store: Store, makeWorker: (() => WorkerPort) | null, limits?: Limits) {
    this.#store = store
    this.#makeWorker = makeWorker
    this.#limits = limits
    this.#fallback = new Fallback({}, limits)
    this.#recalled = store.read()
    this.#ranking = this.#recalled?.ranking ?? []
    this.#fallback.prefer(this.#ranking)
  }

  /** The number of fetches of public videos so far. */
  get observed(): number {
    return this.#public
  }

  /** Sets the fleet's priors; an engine that is open already does not get these. */
  useFleet({ priors, shares }: Fleet): void {
    this.#priors = priors
    this.#fallback.prefer([...this.#ranking, ...weightedShuffle(shares)])
  }

  /** Calls `prepare` whenever the engine has been opened, before it learns from queued outcomes. */
  whenOpen(prepare: Preparation): void {
    this.#preparations.push(prepare)
    if (this.#engine) void prepared(prepare, this.#engine)
  }

  /** The engine's answer; null when there is no engine, or it refuses. */
  async ask<V extends Verb>(verb: V, body: Calls[V]['body']): Promise<Calls[V]['answer'] | null> {
    return this.#engine?.call(verb, body).catch(() => null) ?? null
  }

  /** Starts the engine, once; called after the first frame, which it must not delay. */
  start(): void {
    clearTimeout(this.#atLatest)
    if (this.state !== 'off' || !this.#makeWorker) return
    this.#become('loading')
    this.#run(this.#makeWorker).catch((error: unknown) => {
      if (this.#isWanted) console.warn('mirrorwise: deciding without the engine:', error)
      this.#engine = null
      this.#queue = []
      clearTimeout(this.#saving)
      this.#become('failed')
    })
  }

  /** Ends the engine to free its memory, once all is saved; `start` starts another one. */
  async rest(): Promise<void> {
    await this.remember()
    const engine = this.#engine
    if (!engine) return
    // Answers come in order: whatever listeners of `remembered` have asked is answered before.
    await this.ask('snapshot', {})
    if (engine !== this.#engine) return
    this.#recalled = this.#store.read()
    this.#engine = this.#started = null
    engine.fail('no player is left on the page')
    this.#become('off')
  }

  /** Ends the engine for good, or prevents its start. */
  stop(): void {
    this.#isWanted = false
    clearTimeout(this.#atLatest)
    if (this.state === 'off') this.#become('failed')
    this.#started?.fail('it is not wanted any more')
  }

  async plan(request: PlanRequest): Promise<Plan> {
    this.#atLatest ??= setTimeout(() => this.start(), START_AT_LATEST_MS)
    const engine = this.#engine
    if (engine) {
      const planning = engine.call('plan', request).catch(() => null)
      const plan = await withTimeout(DEADLINE_S, planning)
      if (!plan) void planning.then((late) => late && decline(engine, late))
      else if (!isValidPlan(plan, request)) engine.fail('the engine sent a plan that is none')
      else {
        // A ranking without the hosts that lack this file is not that of the next file.
        const isOfAll = !request.lacking?.length
        if (!plan.explored && isOfAll) this.#ranking = plan.ranking
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
    const takeover =
      idle.plan === 0
        ? await this.#fallback.idle(idle)
        : await this.#engine?.call('idle', idle).catch(() => null)
    return takeover && isValidTakeover(takeover, idle)
      ? takeover
      : { part: null, bytes: 0, why: '' }
  }

  observe(outcome: Outcome, isPublic = false): void {
    this.#fallback.observe(outcome)
    const observation = { ...outcome, public: isPublic }
    if (this.#engine) this.#learn(this.#engine, observation)
    else if (this.state !== 'failed') {
      this.#queue = [...this.#queue.slice(1 - MAX_QUEUE), observation]
    }
  }

  /** Tells that a fetch has ended whose outcome says nothing about its host. */
  discard(outcome: Outcome): void {
    const { plan, host } = outcome
    this.#fallback.discard(outcome)
    if (this.#engine && plan > 0) sayIdle(this.#engine, plan, host)
  }

  /** The engine's beliefs; null when there is no engine. */
  explain(): Promise<Explanation | null> {
    return this.ask('explain', { now_s: Date.now() / 1000 })
  }

  /** Saves the last snapshot: a page that is being closed cannot wait for a new one. */
  save(): void {
    if (this.#snapshot) this.#store.write({ ranking: this.#ranking, snapshot: this.#snapshot })
  }

  /** Asks the engine for a snapshot, and saves it. */
  async remember(): Promise<void> {
    clearTimeout(this.#saving)
    this.#savesSoon = false
    // In a short visit the engine may have beliefs without having ranked hosts for a plan.
    const isUnranked = this.#ranking.length === 0
    // Both at once, so that `forget` cannot come in between.
    const [snapshot, beliefs] = await Promise.all([
      this.ask('snapshot', {}),
      isUnranked ? this.explain() : null,
    ])
    if (!snapshot) return
    this.#snapshot = snapshot
    if (beliefs) this.#ranking = ranked(beliefs)
    this.save()
    this.remembered.emit(this.#public)
  }

  /** Deletes the engine's beliefs, and the memory of them on this device; throws if it cannot. */
  async forget(): Promise<void> {
    this.#forgotten += 1
    this.#recalled = null
    this.#queue = []
    // The engine first, so that a snapshot on its way is not saved afterwards.
    const engine = this.#engine
    const refusal = await engine?.call('open', this.#opening()).then(() => null, String)
    clearTimeout(this.#saving)
    this.#savesSoon = false
    this.#ranking = []
    this.#snapshot = null
    this.#fallback.prefer([])
    this.#store.forget()
    // An engine that has ended holds nothing any more.
    if (refusal && !engine?.hasEnded) throw new Error(refusal)
    if (this.#store.read()) throw new Error('the memory is still stored')
  }

  #opening(): Calls['open']['body'] {
    const [seed = 0] = crypto.getRandomValues(new Uint32Array(1))
    return { seed, priors: this.#priors, ...(this.#limits && { limits: this.#limits }) }
  }

  /** Rejects when the engine has failed; resolves when it has ended because it rests. */
  async #run(makeWorker: () => WorkerPort): Promise<void> {
    const engine = (this.#started = new Engine(makeWorker()))
    await this.#open(engine)
    const reason = await engine.failed
    if (engine === this.#started) throw new Error(reason)
  }

  async #open(engine: Engine): Promise<void> {
    await engine.ready
    let forgotten
    do {
      forgotten = this.#forgotten
      await engine.call('open', this.#opening())
      if (this.#recalled) await restore(engine, this.#recalled.snapshot)
      for (const prepare of this.#preparations) await prepared(prepare, engine)
    } while (forgotten !== this.#forgotten)
    this.#engine = engine
    for (const observation of this.#queue.splice(0)) this.#learn(engine, observation)
    // In a short visit the engine may be ready only at its end: save at once.
    if (this.#savesSoon) void this.remember()
    this.#become('ready')
  }

  #learn(engine: Engine, observation: Observation): void {
    // `start` handles the failure of an engine.
    engine.call('observe', observation).catch(() => undefined)
    this.#observed += 1
    this.#public += Number(observation.public)
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

async function prepared(prepare: Preparation, engine: Engine): Promise<void> {
  try {
    await prepare(engine)
  } catch (error) {
    console.warn('mirrorwise: the engine could not be prepared:', error)
  }
}

/**
 * Tells the engine that a late plan is not carried out, so that the plan's hosts are idle.
 * Otherwise the engine assumes that a host's rate is shared with the late plan's fetches: with
 * three late plans for each plan that was carried out, the engine estimated 178 Mbit/s for a host
 * of 19 Mbit/s.
 */
function decline(engine: Engine, { plan, parts, ranking }: Plan): void {
  const hosts = parts.length > 0 ? parts.map(({ host }) => host) : ranking.slice(0, 1)
  for (const host of hosts) sayIdle(engine, plan, host)
}

/** Tells the engine that the host fetches nothing for the plan any more. */
function sayIdle(engine: Engine, plan: number, host: Host): void {
  const idle = { plan, host, now_s: Date.now() / 1000, parts: [] }
  engine.call('idle', idle).catch(() => undefined)
}

/** Hosts with observations, best first. */
function ranked({ hosts }: Explanation): Host[] {
  const served = hosts.filter(({ used }) => used > 0)
  return served.sort((a, b) => expected_s(a) - expected_s(b)).map(({ host }) => host)
}

/** Weighted random permutation of the hosts by their shares (Efraimidis and Spirakis, 2006). */
function weightedShuffle(shares: Fleet['shares']): Host[] {
  const race = (share: number): number => -Math.log(Math.random()) / share
  return Object.entries(shares)
    .filter(([, share]) => share > 0)
    .map(([host, share]) => ({ host, at: race(share) }))
    .sort((a, b) => a.at - b.at)
    .map(({ host }) => host)
}

async function restore(engine: Engine, snapshot: Snapshot): Promise<void> {
  try {
    await engine.call('restore', { snapshot })
  } catch (error) {
    console.warn('mirrorwise: what was remembered cannot be used, starting fresh:', error)
  }
}

/** Validates a plan: known hosts only, parts that sum up to the wanted bytes, finite delays. */
function isValidPlan(
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

/** Validates a takeover: at least so many bytes of the part are left. */
function isValidTakeover({ part, bytes }: Takeover, { parts }: Idle): boolean {
  return part === null || (isCount(bytes) && bytes <= (parts[part]?.bytes_left ?? 0))
}

function isCount(n: number): boolean {
  return Number.isSafeInteger(n) && n > 0
}

/** A delay for `setTimeout`, which fires at once for delays above 2^31 ms. */
function isDelay(s: number): boolean {
  return s > 0 && s < 3600
}
