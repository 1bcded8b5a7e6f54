/**
 * Benchmark of the time until the engine is ready: stock Pyodide and ours, in turns, in one run.
 * Prints its results and writes them to RESULTS.md.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { chromium, type Page } from 'playwright-core'
import { serveAssets, type Send } from '../../tests/web/build/asset-server.ts'
import { ENGINE_DIR } from '../../web/build/layout.ts'
import { assetOf, readManifest } from '../../web/build/manifest.ts'
import { chromiumArgs, findChromium } from '../../web/demo/server/chromium.ts'
import type { Hello } from '../../web/plugin/messages.ts'
import { machine, median, spread, table } from './report.ts'
import { throughLink } from './link.ts'
import { prepareStock } from './stock.ts'

const ROUNDS = 7
const LINK = { mbps: 20, rtt_s: 0.04 }
/** Chromium caches code two seconds after its last compilation; viewers stay longer. */
const STAY_MS = 3000

interface Visit {
  ms: number
  bytes: number
}

interface Round {
  cold: Visit
  warm: Visit
}

const manifest = readManifest()
const folders = { '/stock/': await prepareStock(), '/ours/': ENGINE_DIR }
const workers = {
  stock: '/stock/worker.js',
  ours: `/ours/${assetOf(manifest.assets, 'worker').name}`,
}

const options = {
  executablePath: await findChromium(),
  args: chromiumArgs(),
}

async function measure(send?: () => Send): Promise<{ stock: Round[]; ours: Round[] }> {
  const rounds = { stock: [] as Round[], ours: [] as Round[] }
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const variant of ['stock', 'ours'] as const) {
      const { cold, warm } = await twoVisits(workers[variant], send?.())
      rounds[variant].push({ cold, warm })
      const ms = `cold ${cold.ms.toFixed(0)} ms, warm ${warm.ms.toFixed(0)} ms`
      console.log(`round ${round} of ${ROUNDS}, ${variant}: ${ms}`)
    }
  }
  return rounds
}

/** Measures the first and the second visit of a new browser profile. */
async function twoVisits(worker: string, send?: Send): Promise<Round> {
  const server = await serveAssets(folders, send && { send })
  const profile = mkdtempSync(`${tmpdir()}/mirrorwise-profile-`)
  const browser = await chromium.launchPersistentContext(profile, options)
  const visit = async () => {
    const before = server.wireBytes()
    const page = await browser.newPage()
    await page.goto(server.origin)
    const ms = await timeToReady(page, worker)
    await setTimeout(STAY_MS)
    await page.close()
    return { ms, bytes: server.wireBytes() - before }
  }
  const cold = await visit()
  const warm = await visit()
  await browser.close()
  await server.close()
  rmSync(profile, { recursive: true })
  return { cold, warm }
}

/** Time from the page's `new Worker` to the engine's ready message, in ms. */
const timeToReady = (page: Page, worker: string) =>
  page.evaluate(
    (path) =>
      new Promise<number>((resolve, reject) => {
        const start = performance.now()
        const engine = new Worker(path, { type: 'module' })
        engine.onerror = () => reject(new Error(`${path} did not load: was dist/ built anew?`))
        engine.onmessage = ({ data }: MessageEvent<Hello>) => {
          if (data.hello === 'ready') resolve(performance.now() - start)
          else reject(new Error(data.reason))
        }
      }),
    worker,
  )

type Pick = (round: Round) => number

function row(name: string, rounds: { stock: Round[]; ours: Round[] }, pick: Pick): string[] {
  const [stock, ours] = [rounds.stock.map(pick), rounds.ours.map(pick)]
  return [name, spread(stock), spread(ours), (median(ours) / median(stock)).toFixed(2)]
}

const near = await measure()
const far = await measure(() => throughLink(LINK))
const results = table([
  ['', 'stock Pyodide', 'ours', 'ours / stock'],
  row('cold, ms', near, ({ cold }) => cold.ms),
  row('warm, ms', near, ({ warm }) => warm.ms),
  row(`cold at ${LINK.mbps} Mbit/s, ${LINK.rtt_s * 1000} ms`, far, ({ cold }) => cold.ms),
  row('bytes on the wire, cold, kB', near, ({ cold }) => cold.bytes / 1000),
  row('bytes on the wire, warm, kB', near, ({ warm }) => warm.bytes / 1000),
])
console.log(`\n${results}`)
writeFileSync(
  new URL('RESULTS.md', import.meta.url),
  `# Time until the engine is ready

Pyodide ${manifest.pyodide} (Python ${manifest.python}) in a Chromium worker; ${await machine()}.
Median [least–most] of ${ROUNDS} rounds, stock and ours in turns.

${results}
- **stock**: the core as published, its standard library, and the engine as a zip of sources; every file compressed with brotli 11, as ours are.
- **cold**: first visit of a new browser profile, from the page's \`new Worker\` until it hears that the engine is ready. **warm**: the second visit, files and compiled code from the browser's caches.
- **bytes on the wire**: counted at the server's sockets, headers and the page included.
- **at ${LINK.mbps} Mbit/s**: the server shares this bandwidth among its answers and holds each back by one round trip; slow start and handshakes are not modelled.

Targets: cold at most .4 of stock's; at most 4.0 MB. Made by \`node --import tsx benchmarks/startup/main.ts\` after \`script/build\`.
`,
)
