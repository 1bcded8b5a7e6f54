/**
 * What Mirrorwise costs a viewer before the first frame and on the page's thread.
 *
 * Three pages in turns, each in a new browser profile: PeerTube's own picker, the plugin with
 * its engine kept from loading, and the plugin with its engine. All hosts are equal, so that
 * the difference is the plugin and not its choice.
 */
import { writeFile } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { launchChromium } from '../../web/demo/server/chromium.ts'
import { startFleet, type Fleet } from '../../web/demo/server/fleet.ts'
import { quantile } from '../../web/demo/page/state.ts'
import type { Counters } from '../../web/plugin/client/events.ts'
import type { Handle } from '../../web/plugin/client/register.ts'

const ROUNDS = Number(process.argv[2] ?? 15)
const PATIENCE_MS = 30_000
const HOST = { latency_ms: 40, jitter_ms: 0, rate_kBps: 2000 }
const VARIANTS = ['stock', 'without the engine', 'with the engine'] as const
type Variant = (typeof VARIANTS)[number]

declare global {
  interface Window {
    counters?: Counters
  }
}

interface Visit {
  startup_s: number
  /** Of the page's thread, per segment; null for stock. */
  work_ms: number | null
}

async function visit(browser: Browser, fleet: Fleet, variant: Variant): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 854, height: 480 } })
  const page = await context.newPage()
  if (variant === 'without the engine') {
    await page.route(/\/static\/engine\//, (route) => route.abort())
  }
  await page.addInitScript(() => {
    addEventListener('mirrorwise', (event) => {
      window.counters = (event as CustomEvent<Handle>).detail.load.events.counters
    })
  })
  const mode = variant === 'stock' ? 'stock' : 'mirrorwise'
  await page.goto(fleet.playerUrl({ mode }, 'localhost'))
  await page.waitForFunction(() => window.demo.buffer_s > 12, undefined, { timeout: PATIENCE_MS })
  const { startup_s, counters } = await page.evaluate(() => ({
    startup_s: window.demo.startup_s,
    counters: window.counters,
  }))
  await context.close()
  return {
    startup_s: startup_s ?? NaN,
    work_ms: counters ? counters.main_thread_ms / counters.segments : null,
  }
}

function spread(values: number[], digits: number): string {
  const at = (p: number): string => (quantile(values, p) ?? NaN).toFixed(digits)
  return `${at(0.5)} [${at(0.25)}–${at(0.75)}]`
}

const browser = await launchChromium()
const fleet = await startFleet({ video: 'short', origin: HOST, mirrors: [HOST, HOST] })
const visits: Record<Variant, Visit[]> = {
  stock: [],
  'without the engine': [],
  'with the engine': [],
}
for (let round = 0; round < ROUNDS; round++) {
  for (const variant of VARIANTS) visits[variant].push(await visit(browser, fleet, variant))
  process.stderr.write(`round ${round + 1} of ${ROUNDS}\n`)
}
await fleet.stop()
const chromium = browser.version()
await browser.close()

const rows = VARIANTS.map((variant) => {
  const startup = spread(
    visits[variant].map(({ startup_s }) => startup_s),
    2,
  )
  const work = visits[variant].flatMap(({ work_ms }) => work_ms ?? [])
  return `| ${variant} | ${startup} | ${work.length > 0 ? spread(work, 2) : '–'} |`
})
const report = `# What Mirrorwise costs a viewer

Chromium ${chromium}, Node ${process.versions.node}; ${ROUNDS} visits each, in turns, every one in a new profile. Median [quartiles].

|  | time to first frame, s | our work on the page's thread, ms per segment |
| --- | --: | --: |
${rows.join('\n')}

All hosts are equal (40 ms, 2 MB/s), so that the difference is the plugin, not its choice. The work is every synchronous part of the courier, timed; Chromium's clock steps by .1 ms there, so short parts read as 0 or .1.

Targets: first frame with and without the engine within noise; below .5 ms per segment. Made by \`node --import tsx benchmarks/playback/main.ts\` after \`script/build\`.
`
await writeFile(new URL('RESULTS.md', import.meta.url), report)
process.stdout.write(report)
