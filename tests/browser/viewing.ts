/** A viewer in real Chromium who watches the fleet's video to its end. */
import assert from 'node:assert/strict'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { summarise, type DemoState, type Summary } from '../../web/demo/page/state.ts'
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
  const page = await context.newPage()
  const said: string[] = []
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => said.push(`uncaught: ${error.message}`))
  return { context, page, said }
}

/** How it has gone so far. */
export async function lookAt({ page, said }: Viewer): Promise<Viewing> {
  const state = await page.evaluate(() => window.demo)
  return { ...summarise(state), state, said }
}

/** Watches until the end, or until `patience_s` are over. */
export async function watch(viewer: Viewer, url: string, patience_s = 150): Promise<Viewing> {
  await viewer.page.goto(url)
  await viewer.page
    .waitForFunction(() => window.demo.ended || window.demo.gave_up, undefined, {
      timeout: patience_s * 1000,
      polling: 250,
    })
    .catch(() => undefined)
  return lookAt(viewer)
}

/** The same video on the same hosts at the same time: as PeerTube plays it, and with us. */
export async function watchBoth(
  browser: Browser,
  fleet: Fleet,
  params: Omit<PlayerParams, 'mode'> = {},
  prepare: (viewer: Viewer) => Promise<void> = () => Promise.resolve(),
): Promise<{ stock: Viewing; ours: Viewing }> {
  const [left, right] = await Promise.all([arrive(browser), arrive(browser)])
  await prepare(right)
  try {
    const [stock, ours] = await Promise.all([
      watch(left, fleet.playerUrl({ ...params, mode: 'stock' }, '127.0.0.1')),
      watch(right, fleet.playerUrl({ ...params, mode: 'mirrorwise' }, 'localhost')),
    ])
    return { stock, ours }
  } finally {
    await Promise.all([left.context.close(), right.context.close()])
  }
}

/** What every viewer is promised as long as one host is healthy. */
export function assertPlayedWell(ours: Viewing): void {
  assert.deepEqual(ours.state.errors, [], `the player saw an error\n${ours.said.join('\n')}`)
  assert.ok(ours.state.ended, `the video did not end\n${ours.said.join('\n')}`)
}

export function assertStalledLess(ours: Viewing, stock: Viewing): void {
  const allowed_s = stock.stalled_s / 10
  assert.ok(
    ours.stalled_s <= allowed_s,
    `stalled ${ours.stalled_s.toFixed(2)} s, stock ${stock.stalled_s.toFixed(2)} s`,
  )
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
