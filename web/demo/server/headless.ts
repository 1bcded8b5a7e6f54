/** Plays the demo in headless Chromium, and formats the comparison as a table. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { summarise, type DemoState, type Summary } from '../page/metrics/state.ts'
import { totalOf, euros, megabytes, price } from '../page/charts/bill.ts'
import { latency, rate, seconds } from '../page/charts/number-format.ts'
import { launchChromium } from './chromium.ts'
import type { Fleet } from './fleet.ts'

export interface Watching {
  seconds: number
  /** Path for a screenshot of the page at the end. */
  screenshot: string | null
  /** Address of the operator's page, and path for a screenshot of it. */
  report: { page: string; picture: string } | null
  signal: AbortSignal
}

export interface Comparison {
  stock: Summary
  mirrorwise: Summary
}

export async function watch(url: string, watching: Watching): Promise<Comparison> {
  const browser = await launchChromium()
  try {
    const page = await browser.newPage({ viewport: { width: 1320, height: 1100 } })
    await page.goto(url)
    await sleep(watching.seconds * 1000, undefined, { signal: watching.signal })
    if (watching.screenshot !== null) await photograph(page, watching.screenshot)
    const comparison = {
      stock: await summaryOf(page, 'stock'),
      mirrorwise: await summaryOf(page, 'mirrorwise'),
    }
    if (watching.report) await photographReport(browser, watching.report)
    return comparison
  } finally {
    await browser.close()
  }
}

/** Takes a screenshot of header and players, without the controls below. */
async function photograph(page: Page, path: string): Promise<void> {
  const controls = await page.locator('#weather').boundingBox()
  const clip = { x: 0, y: 0, width: 1320, height: controls?.y ?? 1100 }
  await page.screenshot({ path, fullPage: true, clip })
}

async function photographReport(
  browser: Browser,
  { page: url, picture }: NonNullable<Watching['report']>,
): Promise<void> {
  // High enough for the first host's charts, which are drawn when they come into view.
  const page = await browser.newPage({ viewport: { width: 1280, height: 1940 } })
  // The machine may still be busy with the players.
  page.setDefaultTimeout(120_000)
  await page.goto(url)
  await page.locator('#status', { hasText: /^[\d,]+ reports? of .*\d\.$/ }).waitFor()
  await page.locator('canvas').first().waitFor()
  await page.screenshot({ path: picture })
}

async function summaryOf(page: Page, mode: keyof Comparison): Promise<Summary> {
  const frame = page.frames().find((frame) => frame.url().includes(`mode=${mode}`))
  if (!frame) throw new Error(`the page shows no player in mode ${mode}`)
  return summarise(await frame.evaluate((): DemoState => window.demo))
}

export function markdownTable({ stock, mirrorwise }: Comparison, fleet: Fleet): string {
  const row = (name: string, words: (summary: Summary) => string): string =>
    `| ${name} | ${words(stock)} | ${words(mirrorwise)} |`
  const hosts = [fleet.origin, ...fleet.mirrors].map(({ name, url }, i) => ({
    name,
    url,
    euro_per_TB: fleet.prices[i] ?? 0,
  }))
  return [
    '| | PeerTube today | with Mirrorwise |',
    '|---|---|---|',
    row('start-up', ({ startup_s }) => seconds(startup_s)),
    row('stalls', ({ stalls }) => String(stalls)),
    row('time stalled', ({ stalled_s }) => seconds(stalled_s)),
    row('player errors', ({ errors }) => String(errors)),
    row('mean bitrate, Mbit/s', ({ bitrate_mbps }) => rate(bitrate_mbps)),
    row('time to first byte, p50 / p95', ({ ttfb_p50_s, ttfb_p95_s }) =>
      [ttfb_p50_s, ttfb_p95_s].map(latency).join(' / '),
    ),
    ...hosts.map(({ name, url }) =>
      row(`segments from ${name}`, ({ served }) => totalOf(served, url).toFixed(0)),
    ),
    ...(hosts.some(({ euro_per_TB }) => euro_per_TB > 0)
      ? [
          ...hosts.map(({ name, url }) =>
            row(`bytes from ${name}`, ({ bytes }) => megabytes(totalOf(bytes, url))),
          ),
          row('price of a thousand such views', ({ bytes }) => euros(price(bytes, hosts))),
        ]
      : []),
  ].join('\n')
}
