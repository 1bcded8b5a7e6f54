/**
 * Benchmark of a decision's latency in CPython, in the browser's worker, and from page to worker to
 * page. Prints its results and writes them to RESULTS.md.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { serveAssets } from '../../tests/web/build/asset-server.ts'
import { bundle } from '../../web/build/bundle.ts'
import { workerAssets } from '../../web/build/engine.ts'
import { ENGINE_DIR, ROOT } from '../../web/build/layout.ts'
import { assetOf, readManifest } from '../../web/build/manifest.ts'
import { machine, quantile, table } from '../startup/report.ts'
import { launchChromium } from '../../web/demo/server/chromium.ts'
import type { Costs, MeasureOrder } from './measure-worker.ts'
import type * as RoundTrip from './round-trip.ts'

const HOSTS = [2, 4, 8, 16]
const ROUNDS = 2000

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
  const worker = `/engine/${assetOf(assets, 'worker').name}`
  const costs: Costs[] = []
  for (const hosts of HOSTS) {
    const durations = await page.evaluate(
      async ({ script, worker, hosts, rounds }) =>
        ((await import(script)) as typeof RoundTrip).roundTrips(worker, hosts, rounds),
      { script: '/benchmark/round-trip.js', worker, hosts, rounds: ROUNDS },
    )
    costs.push({
      'p50, µs': 1000 * quantile(durations, 0.5),
      'p99, µs': 1000 * quantile(durations, 0.99),
    })
  }
  return costs
}

/** Makes a folder with the scripts that measure in the browser. */
async function prepareScripts(): Promise<string> {
  const folder = `${ROOT}.cache/decision`
  mkdirSync(folder, { recursive: true })
  for (const name of ['measure-worker', 'round-trip']) {
    const script = await bundle(`benchmarks/decision/${name}.ts`, {
      __MIRRORWISE_ASSETS__: workerAssets(assets, '../engine/'),
    })
    writeFileSync(`${folder}/${name}.js`, script)
  }
  return folder
}

function section(title: string, costs: Costs[]): string {
  const names = Object.keys(costs[0] ?? {})
  const rows = names.map((name) => [
    name,
    ...costs.map((cost) => (cost[name] ?? Number.NaN).toFixed(0)),
  ])
  return `## ${title}\n\n${table([['', ...HOSTS.map((hosts) => `${hosts} hosts`)], ...rows])}`
}

const server = await serveAssets(
  { '/engine/': ENGINE_DIR, '/benchmark/': await prepareScripts() },
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
"By message" is the whole of \`selector/browser.py\`: parse, check, decide, write. Every round is timed by itself, and p99 is the value that 99 % of the rounds do not exceed. For this the page is cross-origin isolated, unlike PeerTube's: Chromium's clock then steps by 5 µs instead of 100 µs.

Target: p99 below 1 ms for 8 hosts in the worker. Made by \`node --import tsx benchmarks/decision/main.ts\` after \`script/build\`.
`,
)
