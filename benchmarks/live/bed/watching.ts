/** One live in one Chromium: a shaped origin, shaped viewers, and what came of it. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DemoState } from '../../../web/demo/page/metrics/state.ts'
import { startFleet, type Fleet, type PlayerParams } from '../../../web/demo/server/fleet.ts'
import { shapeUplink } from './uplink.ts'

export interface Setup {
  segment_s: 2 | 4
  viewers: number
  /** The origin's whole uplink, in copies of the stream; null for no limit. */
  copies: number | null
  /** Of each viewer, by number. */
  uplink_kBps: (viewer: number) => number
  hasPlugin: (viewer: number) => boolean
  /** Two viewers leave and two others come in the middle. */
  churn: boolean
  live_s: number
}

export type Loader = NonNullable<PlayerParams['loader']>

export interface Figures {
  copies: number
  stalls: number
  stalled_s: number
  startup_s: number
  latency_s: number
  uploads_MB: number[]
  errors: number
}

/** The bit rate of the recipe; the sum of its files says how much it became. */
const STREAM_KBPS = 100
/** Until then viewers come and find each other, so that copies do not count. */
const SETTLED_S = 24
const JOIN_EVERY_S = 1
const SAMPLE_S = 2

interface Viewer {
  context: BrowserContext
  page: Page
  /** Where the page's clock of the video begins in the live. */
  begins_s: number
  number: number
}

export async function watchLive(
  browser: Browser,
  setup: Setup,
  loader: Loader,
  mode: PlayerParams['mode'],
): Promise<Figures> {
  const { segment_s, copies, live_s } = setup
  const fleet = await startFleet({
    video: segment_s === 4 ? 'tiny' : 'tiny-2s',
    live: true,
    tracker: true,
    mirrors: [],
    origin: { rate_kBps: copies === null ? null : copies * STREAM_KBPS },
  })
  const run = new Run(browser, fleet, setup, loader, mode)
  try {
    return await run.watch(live_s)
  } finally {
    await run.end()
    await fleet.stop()
  }
}

class Run {
  readonly #browser: Browser
  readonly #fleet: Fleet
  readonly #setup: Setup
  readonly #params: PlayerParams
  #viewers: Viewer[] = []
  readonly #gone: { state: DemoState; toPeers: number }[] = []
  readonly #latencies: number[] = []

  constructor(
    browser: Browser,
    fleet: Fleet,
    setup: Setup,
    loader: Loader,
    mode: PlayerParams['mode'],
  ) {
    this.#browser = browser
    this.#fleet = fleet
    this.#setup = setup
    this.#params = { mode, loader }
  }

  async watch(live_s: number): Promise<Figures> {
    const { viewers, churn } = this.#setup
    this.#broadcast.start()
    const began = performance.now()
    const age_s = (): number => (performance.now() - began) / 1000
    const until = (s: number): Promise<void> => sleep(Math.max(0, s - age_s()) * 1000)
    for (let i = 0; i < viewers; i++) {
      await this.#join(i)
      await until((i + 1) * JOIN_EVERY_S)
    }
    await until(SETTLED_S)
    const before = this.#sent()
    let isChanged = !churn
    while (age_s() < live_s) {
      await sleep(SAMPLE_S * 1000)
      await this.#sample()
      if (isChanged || age_s() < (SETTLED_S + live_s) / 2) continue
      isChanged = true
      for (let i = 0; i < 2; i++) {
        await this.#leave()
        await this.#join(viewers + i)
      }
    }
    const after = this.#sent()
    while (this.#viewers.length > 0) await this.#leave()
    return this.#figures((after.bytes - before.bytes) / (after.live - before.live))
  }

  async end(): Promise<void> {
    await Promise.all(this.#viewers.map(({ context }) => context.close()))
  }

  get #broadcast(): NonNullable<Fleet['broadcast']> {
    if (!this.#fleet.broadcast) throw new Error('the fleet has no broadcast')
    return this.#fleet.broadcast
  }

  async #join(number: number): Promise<void> {
    const { hasPlugin, uplink_kBps, segment_s } = this.#setup
    const context = await this.#browser.newContext({ viewport: { width: 320, height: 180 } })
    await context.addInitScript('globalThis.__name ??= (named) => named')
    await context.addInitScript(shapeUplink, uplink_kBps(number) * 1000)
    const page = await context.newPage()
    page.on('console', (message) => {
      if (process.env['BED_LOG']) console.log(number, message.text())
    })
    const mode = hasPlugin(number) ? this.#params.mode : 'stock'
    const begins_s = Math.max(0, this.#broadcast.latest + 1 - WINDOW) * segment_s
    this.#viewers.push({ context, page, begins_s, number })
    await page.goto(this.#fleet.playerUrl({ ...this.#params, mode }, 'localhost'))
  }

  async #leave(): Promise<void> {
    const [viewer] = this.#viewers.splice(0, 1)
    if (!viewer) return
    const toPeers = await viewer.page.evaluate(() => window.toPeers ?? 0)
    this.#gone.push({ state: await viewer.page.evaluate(() => window.demo), toPeers })
    await viewer.context.close()
  }

  async #sample(): Promise<void> {
    const edge_s = (this.#broadcast.latest + 1) * this.#setup.segment_s
    const positions = await Promise.all(
      this.#viewers.map(({ page }) => page.evaluate(() => window.demo.position_s)),
    )
    positions.forEach((position_s, i) => {
      if (position_s > 0)
        this.#latencies.push(edge_s - position_s - (this.#viewers[i]?.begins_s ?? 0))
    })
  }

  /** Bytes that the origin has sent of segments, and the live's bytes, until now. */
  #sent(): { bytes: number; live: number } {
    const segments = this.#fleet.origin.requests.filter(({ segment }) => segment)
    const bytes = segments.reduce((sum, { sent }) => sum + sent, 0)
    return { bytes, live: this.#broadcast.bytesUntilNow }
  }

  #figures(copies: number): Figures {
    const states = this.#gone.map(({ state }) => state)
    const stalls = states.flatMap(({ stalls }) => stalls)
    return {
      copies,
      stalls: stalls.length,
      stalled_s: sum(stalls.map(({ length_s }) => length_s)),
      startup_s: mean(states.map(({ startup_s }) => startup_s ?? NaN)),
      latency_s: mean(this.#latencies),
      uploads_MB: this.#gone.map(({ toPeers }) => toPeers / 1e6),
      errors: sum(
        states.map(({ errors }) => errors.filter(({ kind }) => kind !== 'segment').length),
      ),
    }
  }
}

/** Segments in the playlist. */
const WINDOW = 15

export const sum = (values: number[]): number => values.reduce((total, one) => total + one, 0)
export const mean = (values: number[]): number => sum(values) / values.length
