/** A viewer in real Chromium who watches the fleet's video to its end. */
import assert from 'node:assert/strict'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { summarise, type DemoState, type Summary } from '../../web/demo/page/metrics/state.ts'
import { HOPELESS_MS } from '../web/until.ts'
import type { Fleet, PlayerParams } from '../../web/demo/server/fleet.ts'

export interface Viewing extends Summary {
  state: DemoState
  /** The page's console messages and uncaught errors. */
  said: string[]
}

export interface Viewer {
  context: BrowserContext
  page: Page
  said: string[]
}

/** Opens a page for a new viewer, whose profile has its own storage and cache. */
export async function arrive(browser: Browser): Promise<Viewer> {
  const context = await browser.newContext({ viewport: { width: 854, height: 480 } })
  context.setDefaultTimeout(HOPELESS_MS)
  // Functions that tests run in the page have been compiled with calls of `__name`.
  await context.addInitScript('globalThis.__name ??= (named) => named')
  const page = await context.newPage()
  const said: string[] = []
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => said.push(`uncaught: ${error.message}`))
  return { context, page, said }
}

/** Removes all resolutions but the first from the viewer's playlist. */
export const oneResolution = ({ page }: Viewer): Promise<unknown> =>
  page.route('**/*-master.m3u8', async (route) => {
    const response = await route.fetch()
    const lines = (await response.text()).split('\n')
    await route.fulfill({ response, body: [...lines.slice(0, 4), ''].join('\n') })
  })

/** The viewing so far: metrics, their summary and the page's messages. */
export async function lookAt({ page, said }: Viewer): Promise<Viewing> {
  const state = await page.evaluate(() => window.demo)
  return { ...summarise(state), state, said }
}

/** Waits for the engine; without this, 24 s of video may end before it is ready. */
export async function waitForEngine({ page }: Viewer): Promise<void> {
  await page.waitForFunction(() => window.demo.engine?.state === 'ready')
}

/** Watches until the end, until the player has given up, or for `patience_s`. */
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
 * Plays the same video on the same hosts at the same time, with PeerTube's picker and with the
 * plugin. Both are measured when the player with the plugin has ended.
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

/** The promise with one healthy host: no error, and the video plays to its end. */
export function assertPlayedWell(ours: Viewing): void {
  assert.deepEqual(ours.state.errors, [], `the player saw an error\n${ours.said.join('\n')}`)
  assert.ok(ours.state.ended, `the video did not end\n${ours.said.join('\n')}`)
}

const TAKEOVERS = 5

/**
 * Plays again while the plugin has not taken the player over: on a page that is too busy to learn the
 * settings within 2 s it leaves the player to PeerTube, as it should, and there is nothing to see.
 */
export async function untilTakenOver(play: () => Promise<boolean>): Promise<void> {
  for (let number = 0; number < TAKEOVERS; number++) if (await play()) return
  throw new Error(`the plugin did not take the player over in ${TAKEOVERS} visits`)
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
