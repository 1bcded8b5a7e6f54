/** One page's visit: planner, courier and reporter, which outlive a single video. */
import { readSettings } from '../../shared/settings.ts'
import { termsOf } from '../../shared/terms.ts'
import { timeLimit } from '../../shared/time-limit.ts'
import { Courier } from '../courier/courier.ts'
import { canRunEngine } from './device.ts'
import type { CircuitBreaker } from '../courier/circuit-breaker.ts'
import { MAX_MIRRORS, type Mirror } from '../courier/video/hosts.ts'
import { Emitter } from '../courier/events.ts'
import { hearOtherTabs } from '../other-tabs.ts'
import { MemoryStore } from '../planner/memory.ts'
import { setOptedOut } from '../panel/opt-out.ts'
import { PagePlanner, type Fleet } from '../planner/planner.ts'
import { contextAt, Reporter } from '../reports.ts'
import { PublishedSources } from './published-sources.ts'
import { extraSourcesOf, type Video } from './video.ts'
import type { Host, Terms } from '../../messages.ts'

type Settings = ReturnType<typeof readSettings>['settings']

/** Defined by the build: address of the engine's worker, relative to this script. */
declare const __MIRRORWISE_ENGINE__: { worker: string; version: string } | undefined

/** The router itself answers within 0.25 s, even when the service does not. */
const FLEET_TIMEOUT_MS = 5_000
/** The engine takes about 100 MB; a viewer often opens the next video soon. */
const REST_AFTER_MS = 60_000
export const ROUTER = new URL('../../../router/', import.meta.url).href

export class Visit {
  readonly planner: PagePlanner
  readonly courier: Courier
  /** Null when reports are switched off. */
  readonly reporter: Reporter | null
  readonly wantsEngine = canRunEngine()
  readonly settings: Settings
  /** Null where the admin has switched them off. */
  readonly published: PublishedSources | null
  readonly #breaker: CircuitBreaker
  readonly #control: Promise<boolean>
  #asked = false
  #resting: ReturnType<typeof setTimeout> | undefined
  #players = 0
  /** Emits when the viewer has forgotten everything in another tab. */
  readonly forgotten = new Emitter<void>()

  constructor(settings: Settings, breaker: CircuitBreaker) {
    this.settings = settings
    this.published = settings['published-sources'] ? new PublishedSources(ROUTER) : null
    this.#breaker = breaker
    const engine = typeof __MIRRORWISE_ENGINE__ === 'undefined' ? null : __MIRRORWISE_ENGINE__
    const makeWorker = (): Worker =>
      new Worker(new URL(engine?.worker ?? '', import.meta.url), { type: 'module' })
    this.planner = new PagePlanner(
      new MemoryStore(),
      engine && this.wantsEngine ? makeWorker : null,
      {
        extra_requests: settings['max-extra-requests'],
        extra_bytes: settings['max-extra-percent'] / 100,
        ...settings['spared-hosts'],
      },
    )
    this.courier = new Courier(this.planner, breaker)
    this.reporter = settings.reports ? new Reporter(this.planner, ROUTER) : null
    // Drawn once, and early: PeerTube creates several players in a visit, and each waits for the
    // coin.
    this.#control = this.reporter?.inControl(termsOf(settings)) ?? Promise.resolve(false)
    addEventListener('pagehide', () => this.planner.save())
    addEventListener('online', () => this.courier.link.wasDown())
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') void this.planner.remember()
    })
    void breaker.opened.then(() => this.planner.stop())
    hearOtherTabs({ off: () => this.#off(), forget: () => void this.#forgetAsOtherTab() })
    this.planner.states.on((state) => {
      if (state === 'failed' && !breaker.isOpen && settings.reports) void reportFailure()
    })
  }

  /** The circuit breaker is open: we do nothing more on this page. */
  get isOver(): boolean {
    return this.#breaker.isOpen
  }

  /** The video's mirrors and extra sources, without the hosts that the admin has excluded. */
  async allowed(video: Video): Promise<Mirror[]> {
    const { 'extra-sources': own, 'never-hosts': never } = this.settings
    const published = (await this.published?.of(video.details)) ?? []
    const hosts = new Set(video.mirrors.map(({ host }) => host))
    const extra = extraSourcesOf(video, { own, published }).filter(({ host }) => !hosts.has(host))
    const all = [...video.mirrors, ...extra].filter(({ host }) => !never.includes(host))
    return all.slice(0, MAX_MIRRORS)
  }

  /**
   * Whether this viewer is in the control group today; false for all viewers where reports are off.
   */
  inControl(): Promise<boolean> {
    return this.#control
  }

  /** Asks once for the fleet's priors; nothing waits for the answer. */
  learnFromFleet(hosts: readonly Host[]): void {
    if (this.#asked) return
    this.#asked = true
    void this.#breaker.guard(
      async () => {
        const fleet = await askFleet(hosts)
        if (!fleet) return
        this.planner.useFleet(fleet)
        this.reporter?.start(fleet.terms)
      },
      () => undefined,
    )
  }

  /** The viewer's opt-out or opt-in. */
  turn(on: boolean): void {
    setOptedOut(!on)
    if (!on) this.#off()
  }

  /** A player has come: the engine is needed until a minute after the last one is gone. */
  playerCame(): void {
    clearTimeout(this.#resting)
    this.#players += 1
  }

  playerLeft(): void {
    this.#players -= 1
    if (this.#players > 0) return
    this.#resting = setTimeout(() => void this.planner.rest(), REST_AFTER_MS)
  }

  #off(): void {
    this.#breaker.trip()
    this.reporter?.stop()
  }

  async #forgetAsOtherTab(): Promise<void> {
    this.courier.link.wasDown()
    await Promise.allSettled([this.planner.forget(), this.reporter?.forgetAsOtherTab()])
    this.forgotten.emit()
  }
}

/** Reports an engine failure, which the admin's status page counts. */
async function reportFailure(): Promise<void> {
  await fetch(`${ROUTER}failures`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ engine: 1 }),
  }).catch(() => undefined)
}

/** The fleet's priors; null when the instance has none or does not answer. */
async function askFleet(hosts: readonly Host[]): Promise<(Fleet & { terms: Terms }) | null> {
  const context = Object.entries(contextAt(Date.now() / 1000)).map(([name, n]) => [name, String(n)])
  const asked = new URLSearchParams([['hosts', hosts.join(',')], ...context])
  try {
    const said = await timeLimit(FLEET_TIMEOUT_MS, async (signal): Promise<unknown> => {
      const answer = await fetch(`${ROUTER}priors?${asked}`, { signal })
      return answer.ok ? answer.json() : null
    })
    return isFleet(said) ? said : null
  } catch {
    return null
  }
}

/** Checks the outer shape of the answer; the engine validates the rest. */
function isFleet(said: unknown): said is Fleet & { terms: Terms } {
  const fields = Object(said) as Record<string, unknown>
  return ['priors', 'shares', 'terms'].every((name) => Object(fields[name]) === fields[name])
}
