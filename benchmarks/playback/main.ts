/**
 * Benchmark of the plugin's cost: time to first frame, and work on the page's main thread.
 *
 * Three pages in turns, each in a new browser profile: PeerTube's own picker, the plugin with
 * its engine kept from loading, and the plugin with its engine. All hosts are equal, so that
 * the difference is the plugin and not its choice.
 */
import { writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import type { Browser } from 'playwright-core'
import { eagerBytes } from '../../web/build/script-size.ts'
import { launchChromium } from '../../web/demo/server/chromium.ts'
import { startFleet, type Fleet } from '../../web/demo/server/fleet.ts'
import { quantile } from '../../web/demo/page/metrics/state.ts'
import type { Counters } from '../../web/plugin/client/courier/events.ts'
import type { Handle } from '../../web/plugin/client/register.ts'

const ROUNDS = Number(process.argv[2] ?? 15)
const PATIENCE_MS = 30_000
/** A visit ends with this buffer, after some seven segments. */
const BUFFER_S = 12
const HOST = { latency_ms: 40, jitter_ms: 0, rate_kBps: 2000 }
const VARIANTS = ['stock', 'without the engine', 'with the engine'] as const
type Variant = (typeof VARIANTS)[number]

/** The loader fetches two segments at a time; with the first two the browser compiles our code. */
const FIRST = 2

declare global {
  interface Window {
    counters?: Counters
    /** Work up to the end of the first segments, in ms. */
    first_ms?: number
  }
}

interface Visit {
  startup_s: number
  /** Work on the main thread for each of the first and the later segments; null for stock. */
  work_ms: { first: number; later: number } | null
}

async function visit(browser: Browser, fleet: Fleet, variant: Variant): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 854, height: 480 } })
  const page = await context.newPage()
  if (variant === 'without the engine') {
    await page.route(/\/router\/engine\//, (route) => route.abort())
  }
  await page.addInitScript((first) => {
    addEventListener('mirrorwise', (event) => {
      const { events } = (event as CustomEvent<Handle>).detail.load
      const { counters } = events
      window.counters = counters
      events.on(({ type }) => {
        if (type === 'finished' && counters.segments === first) {
          window.first_ms = counters.main_thread_ms
        }
      })
    })
  }, FIRST)
  const mode = variant === 'stock' ? 'stock' : 'mirrorwise'
  await page.goto(fleet.playerUrl({ mode }, 'localhost'))
  await page.waitForFunction((enough_s) => window.demo.buffer_s > enough_s, BUFFER_S, {
    timeout: PATIENCE_MS,
  })
  const { startup_s, counters, first_ms } = await page.evaluate(() => ({
    startup_s: window.demo.startup_s,
    counters: window.counters,
    first_ms: window.first_ms ?? NaN,
  }))
  await context.close()
  return { startup_s: startup_s ?? NaN, work_ms: counters ? shares(counters, first_ms) : null }
}

const shares = ({ main_thread_ms, segments }: Counters, first_ms: number): Visit['work_ms'] => ({
  first: first_ms / FIRST,
  later: (main_thread_ms - first_ms) / (segments - FIRST),
})

function spread(values: number[], digits: number): string {
  const at = (p: number): string => (quantile(values, p) ?? NaN).toFixed(digits)
  return `${at(0.5)} [${at(0.25)}–${at(0.75)}]`
}

const browser = await launchChromium()
const fleet = await startFleet({ video: 'medium', origin: HOST, mirrors: [HOST, HOST] })
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
  const of = (which: 'first' | 'later'): string =>
    work.length > 0
      ? spread(
          work.map((shares) => shares[which]),
          2,
        )
      : '–'
  return `| ${variant} | ${startup} | ${of('first')} | ${of('later')} |`
})
const sizes = Object.entries(eagerBytes()).map(
  ([page, bytes]) => `${(bytes / 1e3).toFixed(1)} kB for the ${page}`,
)
const report = `# What Mirrorwise costs a viewer

Chromium ${chromium}, Node ${process.versions.node}; ${ROUNDS} visits each, in turns, every one in a new profile; load average ${loadavg()[1]?.toFixed(1)} at the end. Median [quartiles].

|  | time to first frame, s | our work on the page's thread, ms per segment: the first two | every later one |
| --- | --: | --: | --: |
${rows.join('\n')}

All hosts are equal (40 ms, 2 MB/s), so that the difference is the plugin, not its choice. The work is every synchronous part of the courier, timed; Chromium's clock steps by .1 ms there, so short parts read as 0 or .1, and what the system gives to other programs meanwhile is counted. With the first two segments the browser compiles what later ones only run.

JavaScript that is loaded at once, with brotli: ${sizes.join(', ')}.

Targets: first frame within noise of no plugin, with and without its engine; below 2 ms per segment, all of a visit together; below 40 kB at once. Made by \`node --import tsx benchmarks/playback/main.ts\` after \`script/build\`.
`
await writeFile(new URL('RESULTS.md', import.meta.url), report)
process.stdout.write(report)
