/** A viewer in real Chromium who watches the fleet's video to its end. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { summarise, type DemoState, type Summary } from '../../web/demo/page/metrics/state.ts'
import { HOPELESS_MS } from '../web/until.ts'
import type { Fleet, PlayerParams } from '../../web/demo/server/fleet.ts'

export interface Viewing extends Summary {
  state: DemoState
  /** All that the page said on its console, and its uncaught errors. */
  said: string[]
}

export interface Viewer {
  context: BrowserContext
  page: Page
  said: string[]
}

/** Each viewer has a profile, and so a memory and a cache, of its own. */
export async function arrive(browser: Browser): Promise<Viewer> {
  const context = await browser.newContext({ viewport: { width: 854, height: 480 } })
  context.setDefaultTimeout(HOPELESS_MS)
  // What tests run in the page has been compiled with calls of this.
  await context.addInitScript('globalThis.__name ??= (named) => named')
  const page = await context.newPage()
  const said: string[] = []
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => said.push(`uncaught: ${error.message}`))
  return { context, page, said }
}

/** Leaves a viewer the first resolution of the playlist alone. */
export const oneResolution = ({ page }: Viewer): Promise<unknown> =>
  page.route('**/*-master.m3u8', async (route) => {
    const response = await route.fetch()
    const lines = (await response.text()).split('\n')
    await route.fulfill({ response, body: [...lines.slice(0, 4), ''].join('\n') })
  })

/** How it has gone so far. */
export async function lookAt({ page, said }: Viewer): Promise<Viewing> {
  const state = await page.evaluate(() => window.demo)
  return { ...summarise(state), state, said }
}

/** All of the engine's decisions need it to be there; 24 s of video are over sooner. */
export async function waitForEngine({ page }: Viewer): Promise<void> {
  await page.waitForFunction(() => window.demo.engine?.state === 'ready')
}

/** Watches until the end, until the player has given up, or until `patience_s` are over. */
export async function watch(
  viewer: Viewer,
  url: string,
  patience_s = HOPELESS_MS / 1000,
): Promise<Viewing> {
  await viewer.page.goto(url)
  await viewer.page
    .waitForFunction(() => window.demo.ended || window.demo.gave_up, undefined, {
      timeout: patience_s * 1000,
      polling: 250,
    })
    .catch(() => undefined)
  return lookAt(viewer)
}

/**
 * The same video on the same hosts at the same time: as PeerTube plays it, and with us. Until ours
 * has ended: stock is held to what it has stalled by then.
 */
export async function watchBoth(
  browser: Browser,
  fleet: Fleet,
  params: Omit<PlayerParams, 'mode'> = {},
  prepare: (viewer: Viewer) => Promise<void> = () => Promise.resolve(),
): Promise<{ stock: Viewing; ours: Viewing }> {
  const [left, right] = await Promise.all([arrive(browser), arrive(browser)])
  await prepare(right)
  try {
    const [ours] = await Promise.all([
      watch(right, fleet.playerUrl({ ...params, mode: 'mirrorwise' }, 'localhost')),
      left.page.goto(fleet.playerUrl({ ...params, mode: 'stock' }, '127.0.0.1')),
    ])
    return { stock: await lookAt(left), ours }
  } finally {
    await Promise.all([left.context.close(), right.context.close()])
  }
}

/** What every viewer is promised as long as one host is healthy. */
export function assertPlayedWell(ours: Viewing): void {
  assert.deepEqual(ours.state.errors, [], `the player saw an error\n${ours.said.join('\n')}`)
  assert.ok(ours.state.ended, `the video did not end\n${ours.said.join('\n')}`)
}

/** What a busy machine may bring about by itself: a stall, or two viewers who never meet. */
export class Starved extends Error {}

/** At most a tenth of the time that it takes in stock. */
export function assertStalledLess(ours: Viewing, stock: Viewing): void {
  if (ours.stalled_s <= stock.stalled_s / 10) return
  const times = [ours, stock].map(({ stalled_s }) => stalled_s.toFixed(2))
  throw new Starved(`stalled ${times[0]} s, stock ${times[1]} s`)
}

export function assertNoStall({ state }: Viewing): void {
  if (state.stalls.length > 0) throw new Starved(`stalled ${state.stalls.length} times`)
}

const TRIES = 3

/**
 * Plays again after such a thing, twice at most: on a machine that is too busy for two players any of
 * them may stall, whatever serves it. One that our choice of hosts brings about comes every time.
 * Errors are never forgiven.
 */
export async function withoutStall(t: TestContext, play: () => Promise<void>): Promise<void> {
  for (let number = 1; ; number++) {
    try {
      await play()
      return
    } catch (error) {
      if (!(error instanceof Starved) || number === TRIES) throw error
      t.diagnostic(`try ${number}: ${error.message}`)
    }
  }
}

export function describeViewing(name: string, viewing: Viewing): string {
  const { startup_s, stalls, stalled_s, errors, bitrate_mbps, served } = viewing
  const shares = Object.entries(served)
    .map(
      ([host, count]) => `${URL.canParse(host) ? new URL(host).port : 'peer'}:${count.toFixed(1)}`,
    )
    .join(' ')
  return (
    `${name}: start ${startup_s?.toFixed(2) ?? '–'} s, ${stalls} stalls ${stalled_s.toFixed(2)} s, ` +
    `${errors} errors, ${bitrate_mbps?.toFixed(2) ?? '–'} Mbit/s, ended ${viewing.state.ended}, ${shares}`
  )
}
