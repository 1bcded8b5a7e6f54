/**
 * What a decision costs, in CPython and in the browser's worker, and how long the page waits.
 * Prints its results and writes them to RESULTS.md.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { serveAssets } from '../../tests/delivery/asset-server.ts'
import { launchChromium, startEngine } from '../../tests/delivery/chromium.ts'
import { bundle } from '../../web/build/bundle.ts'
import { workerAssets } from '../../web/build/engine.ts'
import { ENGINE_DIR, ROOT } from '../../web/build/layout.ts'
import { assetOf, readManifest } from '../../web/build/manifest.ts'
import { machine, quantile, table } from '../startup/report.ts'
import type { Costs, MeasureOrder } from './measure-worker.ts'
import { roundTrips } from './round-trip.ts'

const HOSTS = [2, 4, 8, 16]
const ROUNDS = 2000
const BENCHMARK_DIR = `${ROOT}.cache/benchmark`

/** Chromium's clock steps by 5 µs in a page isolated like this, and by 100 µs in any other. */
const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
}

const { assets } = readManifest()

function inCPython(): Costs[] {
  const program = `
import json
from benchmarks.decision.engine import measure
print(json.dumps([measure(hosts, ${ROUNDS}) for hosts in ${JSON.stringify(HOSTS)}]))`
  const printed = execFileSync(`${ROOT}.venv/bin/python`, ['-c', program], { cwd: ROOT })
  return JSON.parse(printed.toString()) as Costs[]
}

async function inWorker(page: Page): Promise<Costs[]> {
  mkdirSync(BENCHMARK_DIR, { recursive: true })
  const worker = await bundle('benchmarks/decision/measure-worker.ts', {
    __MIRRORWISE_ASSETS__: workerAssets(assets, '../engine/'),
  })
  writeFileSync(`${BENCHMARK_DIR}/measure-worker.js`, worker)
  const source = readFileSync(new URL('engine.py', import.meta.url), 'utf8')
  return page.evaluate(
    (order) =>
      new Promise<Costs[]>((resolve, reject) => {
        const worker = new Worker('/benchmark/measure-worker.js', { type: 'module' })
        worker.onerror = () => reject(new Error('the measuring worker did not load'))
        worker.onmessage = ({ data }: MessageEvent<Costs[] | string>) => {
          if (typeof data === 'string') reject(new Error(data))
          else resolve(data)
        }
        worker.postMessage(order)
      }),
    { source, hosts: HOSTS, rounds: ROUNDS } satisfies MeasureOrder,
  )
}

async function betweenPageAndWorker(page: Page): Promise<Costs[]> {
  const hello = await startEngine(page, `/engine/${assetOf(assets, 'worker').name}`)
  if (hello.hello === 'failed') throw new Error(hello.reason)
  const costs: Costs[] = []
  for (const hosts of HOSTS) {
    const durations = await roundTrips(page, hosts, ROUNDS)
    costs.push({ 'p50, ms': quantile(durations, 0.5), 'p99, ms': quantile(durations, 0.99) })
  }
  return costs
}

function section(title: string, costs: Costs[]): string {
  const names = Object.keys(costs[0] ?? {})
  const rows = costs.map((cost, index) => [
    `${HOSTS[index] ?? ''} hosts`,
    ...names.map((name) => (cost[name] ?? Number.NaN).toPrecision(3)),
  ])
  return `## ${title}\n\n${table([['', ...names], ...rows])}`
}

const server = await serveAssets(
  { '/engine/': ENGINE_DIR, '/benchmark/': BENCHMARK_DIR },
  { headers: ISOLATION },
)
const browser = await launchChromium()
const page = await browser.newPage()
await page.goto(server.origin)
const results = [
  section('CPython', inCPython()),
  section('Chromium worker, inside Python', await inWorker(page)),
  section('A plan from page to worker to page', await betweenPageAndWorker(page)),
].join('\n')
await browser.close()
await server.close()
console.log(results)
writeFileSync(
  new URL('RESULTS.md', import.meta.url),
  `# What a decision costs

${await machine()}; ${ROUNDS} rounds for each number of hosts.

${results}
Target: p99 below 1 ms for 8 hosts in the worker. The page is cross-origin isolated, unlike PeerTube's, because Chromium's clock then steps by 5 µs instead of 100 µs; so every round is timed by itself, and p99 is the nearest rank. Made by \`node --import tsx benchmarks/decision/main.ts\` after \`script/build\`.
`,
)
