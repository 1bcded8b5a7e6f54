/** `script/demo`: the fleet, the page, and an orderly end. */
import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { parseArgs } from 'node:util'
import { findChromium } from './chromium.ts'
import { startFleet, type Fleet } from './fleet.ts'
import { markdownTable, watch } from './headless.ts'
import { DEMO_FLEET } from './weather.ts'

const PORT = 8642

const HELP = `Plays one video twice, side by side, on an origin and four mirrors on this machine:
left as PeerTube does today, right with Mirrorwise.

  script/demo                 serves the page, opens it, and runs until Ctrl-C
  script/demo --headless      plays it in headless Chromium and prints the comparison;
                              fails when the right player saw an error
      --seconds 60            for how long
      --screenshot FILE       keeps a picture of the page at the end
  script/demo --help          says this
`

const { values: options } = parseArgs({
  options: {
    headless: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '60' },
    screenshot: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())
const { signal } = stopping

async function main(): Promise<number> {
  if (options.help) {
    process.stdout.write(HELP)
    return 0
  }
  const watching_s = Number(options.seconds)
  if (!(watching_s > 0)) throw new Error('--seconds: a number above 0')
  // Before the minute that the video takes.
  if (options.headless) await findChromium()
  const fleet = await openFleet()
  try {
    const url = fleet.origin.url.replace('127.0.0.1', 'localhost')
    return options.headless ? await playHeadless(fleet, url, watching_s) : await serve(url)
  } finally {
    await fleet.stop()
  }
}

async function openFleet(): Promise<Fleet> {
  const making = { signal, onProgress: showProgress }
  if (options.headless) return startFleet({ ...DEMO_FLEET, making })
  const busy = await isBusy(PORT)
  if (busy) console.log(`Port ${PORT} is busy: taking another.`)
  return startFleet({ ...DEMO_FLEET, making, ...(!busy && { port: PORT }) })
}

/** On either address that `localhost` may stand for. */
async function isBusy(port: number): Promise<boolean> {
  const answers = ['127.0.0.1', '::1'].map(
    (host) =>
      new Promise<boolean>((resolve) => {
        const socket = connect(port, host)
        socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
        socket.on('connect', () => socket.destroy())
      }),
  )
  return (await Promise.all(answers)).includes(true)
}

function showProgress(done: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\rMaking the video: ${Math.round(100 * done)} %`)
  if (process.stderr.isTTY && done === 1) process.stderr.write('\n')
}

async function serve(url: string): Promise<number> {
  console.log(`The demo plays at ${url} (Ctrl-C ends it).`)
  openBrowser(url)
  await new Promise((resolve) => signal.addEventListener('abort', resolve))
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

async function playHeadless(fleet: Fleet, url: string, seconds: number): Promise<number> {
  console.error(`Playing for ${seconds} s …`)
  const comparison = await watch(url, { seconds, signal, screenshot: options.screenshot ?? null })
  console.log(markdownTable(comparison, fleet))
  if (comparison.mirrorwise.errors === 0) return 0
  console.error('The player with Mirrorwise saw an error.')
  return 1
}

try {
  process.exitCode = await main()
} catch (error) {
  // What was asked to end has not failed.
  if (!signal.aborted) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}
