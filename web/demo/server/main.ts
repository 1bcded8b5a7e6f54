/** The command `script/demo`: starts fleet, service and page, and ends them in order. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { parseArgs } from 'node:util'
import { findChromium } from './chromium.ts'
import { startFleet, type Fleet } from './fleet.ts'
import { markdownTable, watch } from './headless.ts'
import { startService, type Service } from './service.ts'
import { SCENARIOS } from './scenarios.ts'

const PORT = 8642
const VIEWERS = '2000'
const TODAY = 'each visit of this one, half a minute after its start.'
const MONTH =
  'a month of invented viewers of other hosts, which tells the players here nothing; ' +
  `and today ${TODAY}`

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())
const { signal } = stopping

interface Options {
  scenario: keyof typeof SCENARIOS
  headless: boolean
  seconds: number
  screenshot: string | null
  report: string | null
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      scenario: { type: 'string', default: 'weather' },
      headless: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '60' },
      screenshot: { type: 'string' },
      report: { type: 'string' },
    },
  })
  const { scenario } = values
  if (!isScenario(scenario)) {
    throw new Error(`--scenario: one of ${Object.keys(SCENARIOS).join(', ')}`)
  }
  const seconds = Number(values.seconds)
  if (!(seconds > 0)) throw new Error('--seconds: a number above 0')
  const { headless, screenshot = null, report = null } = values
  return { scenario, headless, seconds, screenshot, report }
}

function isScenario(name: string): name is keyof typeof SCENARIOS {
  return Object.hasOwn(SCENARIOS, name)
}

async function main(): Promise<number> {
  const options = readOptions()
  // A missing browser is reported before the video is made, which takes a minute.
  if (options.headless) await findChromium()
  const making = { signal, onProgress: showProgress }
  const port = options.headless ? 0 : await freePort()
  const settings = { reports: true }
  const fleet = await startFleet({ ...SCENARIOS[options.scenario], making, port, settings })
  const url = fleet.instance.url.replace('127.0.0.1', 'localhost')
  const starting = startReporting(fleet, url, options.scenario === 'weather')
  try {
    // A headless comparison begins after the service has started.
    return options.headless
      ? await playHeadless(fleet, url, options, await starting)
      : await serve(url, starting)
  } finally {
    await Promise.all([fleet.stop(), starting.then((service) => service?.stop())])
  }
}

/**
 * Starts the service, or returns null so that the demo plays without it. The invented viewers have
 * used other hosts, so that the right player begins without priors.
 */
async function startReporting(
  fleet: Fleet,
  own: string,
  withMonth: boolean,
): Promise<Service | null> {
  const hosts = [own, ...fleet.mirrors.map(({ url }) => url)].join(',')
  try {
    const service = await startService({
      settings: { MIRRORWISE_PEERTUBE_URL: own, MIRRORWISE_HOSTS: hosts },
      month: withMonth ? ['--viewers', VIEWERS] : null,
      signal,
    })
    await fleet.reportTo(service, withMonth ? MONTH : TODAY)
    return service
  } catch (error) {
    if (!signal.aborted) console.error('The service does not start:', (error as Error).message)
    return null
  }
}

async function freePort(): Promise<number> {
  if (!(await isBusy(PORT))) return PORT
  console.log(`Port ${PORT} is busy: taking another.`)
  return 0
}

/** Whether the port is taken on one of `localhost`'s two addresses. */
async function isBusy(port: number): Promise<boolean> {
  const answers = ['127.0.0.1', '::1'].map(
    (host) =>
      new Promise<boolean>((resolve) => {
        const socket = connect(port, host, () => {
          socket.destroy()
          resolve(true)
        })
        socket.on('error', () => resolve(false))
      }),
  )
  return (await Promise.all(answers)).includes(true)
}

/** The number of today's reports; the invented month ends yesterday. */
async function countToday({ url }: Service): Promise<number> {
  const today = new Date().toISOString().slice(0, 10)
  const answer = await fetch(`${url}/report.json?since=${today}`)
  return ((await answer.json()) as { reports: number }).reports
}

function showProgress(done: number): void {
  if (!process.stderr.isTTY) return
  process.stderr.write(`\rMaking the video: ${Math.round(100 * done)} %${done === 1 ? '\n' : ''}`)
}

async function serve(url: string, starting: Promise<Service | null>): Promise<number> {
  console.log(`The demo plays at ${url} (Ctrl-C ends it).`)
  openBrowser(url)
  const service = await starting
  if (service) console.log(`The operator's page is ${service.url}/report/`)
  if (!signal.aborted) await once(signal, 'abort')
  return 0
}

function openBrowser(url: string): void {
  const hasDisplay = process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']
  if (process.platform !== 'darwin' && !hasDisplay) return
  const opener = process.platform === 'darwin' ? 'open' : 'xdg-open'
  const child = spawn(opener, [url], { stdio: 'ignore', detached: true })
  child.on('error', () => console.log(`Open ${url} in your browser.`))
  child.unref()
}

async function playHeadless(
  fleet: Fleet,
  url: string,
  options: Options,
  service: Service | null,
): Promise<number> {
  console.error(`Playing for ${options.seconds} s …`)
  const page = service && `${service.url}/report/`
  const report = page && options.report ? { page, picture: options.report } : null
  const comparison = await watch(url, { ...options, report, signal })
  console.log(markdownTable(comparison, fleet))
  if (service) console.error(`Reports that came from here: ${await countToday(service)}.`)
  if (comparison.mirrorwise.errors === 0) return 0
  console.error('The player with Mirrorwise saw an error.')
  return 1
}

try {
  process.exitCode = await main()
} catch (error) {
  // An end by a signal is no failure.
  if (!signal.aborted) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}
