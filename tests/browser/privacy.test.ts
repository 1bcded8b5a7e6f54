/** Privacy: which videos are reported, credentials, and the control group. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../../web/demo/server/chromium.ts'
import { startFleet, type Fleet } from '../../web/demo/server/fleet.ts'
import { NOW, startClock, TICKING } from '../web/clock.ts'
import { notesOf, observed, open, planned, plays, type Params } from './plugin.ts'
import { arrive, lookAt, oneResolution, type Viewer } from './viewing.ts'

declare global {
  interface Window {
    /** Address, method and headers of every request for a segment. */
    fetched: string[][]
  }
}

/** With less latency, a fetch would count as one from the browser's cache, and be ignored. */
const AWAY = { latency_ms: 20 }

// The tests' clock, because daily reports depend on the end of a day.
startClock()

let browser: Browser
let fleet: Fleet
before(async () => {
  browser = await launchChromium()
  const settings = { reports: true, 'control-percent': '0' }
  fleet = await startFleet({ origin: AWAY, mirrors: [AWAY, AWAY], settings })
})
after(async () => {
  await browser.close()
  await fleet.stop()
})

/** Waits until the engine has observed some fetches; possible cache hits do not count. */
async function engineHeard({ page }: Viewer): Promise<void> {
  await page.waitForFunction(
    () => window.notes.told.filter(({ verb }) => verb === 'observe').length >= 3,
    undefined,
    { polling: 100 },
  )
}

/** The content of localStorage, as text. */
async function keptBy(page: Page): Promise<string> {
  await page.waitForFunction(() => localStorage.getItem('mirrorwise-viewer') !== null)
  return JSON.stringify(await page.evaluate(() => Object.entries(localStorage)))
}

describe('of a video that is', { concurrency: 3 }, () => {
  const KINDS = { unlisted: 2, private: 3, internal: 4, 'protected by a password': 5 }
  const check = (what: string, id: number, params: Params = {}): void => {
    const shared = id === 1
    test(`${what} ${shared ? 'something' : 'nothing'} is reported, and never which video`, async () => {
      const details = { privacy: { id, label: what } }
      const viewer = await open(browser, fleet, {
        details,
        before: TICKING,
        params: { ...params, ...(id === 3 && { private: '1' as const }) },
      })
      const headers: { url: string; names: Record<string, string> }[] = []
      viewer.page.on('request', (request) => {
        headers.push({ url: request.url(), names: request.headers() })
      })
      await plays(viewer)
      await engineHeard(viewer)
      const notes = await notesOf(viewer.page)
      assert.ok(planned(notes) >= 6, 'hosts are chosen all the same')
      assert.deepEqual([...new Set(observed(notes).map((outcome) => outcome.public))], [shared])
      assert.doesNotMatch(await keptBy(viewer.page), new RegExp(`${fleet.video.uuid}|\\.mp4`))
      const lines = await viewer.page.evaluate(async () => {
        const [handle] = window.notes.handles
        // Reports as at the end of a longer visit.
        await handle?.reporter?.tell()
        return handle?.reporter?.preview()
      })
      assert.equal(lines?.length, shared ? 1 : 0)
      const told = headers.filter(({ url }) => url.includes('/router/reports'))
      assert.equal(told.length, shared ? 1 : 0)
      assert.doesNotMatch(JSON.stringify(lines), new RegExp(fleet.video.uuid))
      const toMirrors = headers.filter(({ url }) =>
        fleet.mirrors.some((m) => url.startsWith(m.url)),
      )
      for (const { names } of toMirrors) {
        assert.equal(names['authorization'], undefined)
        assert.equal(names['x-peertube-video-password'], undefined)
      }
      await viewer.context.close()
    })
  }
  check('public', 1)
  check('public, in an embed,', 1, { embed: '1' })
  for (const [what, id] of Object.entries(KINDS)) check(what, id)
  check('unlisted, in an embed,', 2, { embed: '1' })
  check('private, in an embed,', 3, { embed: '1' })
  check('protected by a password, in an embed,', 5, { embed: '1' })
})

describe('a viewer in the control group', () => {
  /** A secret whose coin for today puts the viewer in the control group. */
  function secretOfControl(): string {
    const day = NOW.toISOString().slice(0, 10)
    for (;;) {
      const secret = randomBytes(16).toString('hex')
      const hash = createHash('sha256').update(`${secret}/control/${day}/`).digest('hex')
      if (parseInt(hash.slice(0, 13), 16) / 2 ** 52 < 0.5) return secret
    }
  }

  async function withSecret(viewer: Viewer, secret: string): Promise<void> {
    await viewer.page.addInitScript(TICKING)
    await viewer.page.route('**/public-settings', (route) =>
      route.fulfill({ json: { publicSettings: { 'control-percent': '50' } } }),
    )
    await viewer.page.goto(`http://localhost:${fleet.origin.port}/demo/fleet`)
    await viewer.page.evaluate(
      (secret) => localStorage.setItem('mirrorwise-secret', JSON.stringify(secret)),
      secret,
    )
  }

  /** Makes PeerTube's picks the same on every visit, and records requests for segments. */
  function loadDice(): void {
    let picks = 0
    const falls = [0.1, 0.5, 0.9, 0.5, 0.9, 0.1, 0.9]
    const bare = Math.random.bind(Math)
    Math.random = () =>
      /\bpick\b/.test(new Error().stack ?? '') ? (falls[picks++ % falls.length] ?? 0) : bare()
    window.fetched = []
    const bareFetch = window.fetch.bind(window)
    window.fetch = (input, init) => {
      if (input instanceof Request && input.url.endsWith('.mp4')) {
        window.fetched.push([input.url, input.method, ...[...input.headers].flat()])
      }
      return bareFetch(input, init)
    }
  }

  async function segmentsOf(viewer: Viewer, mode: 'stock' | 'mirrorwise'): Promise<string[][]> {
    await viewer.page.addInitScript(loadDice)
    await oneResolution(viewer)
    await viewer.page.goto(fleet.playerUrl({ mode }, 'localhost'))
    await viewer.page
      .waitForFunction(() => window.fetched.length >= 6, undefined, {
        polling: 100,
      })
      .catch(async () => {
        const { state } = await lookAt(viewer)
        assert.fail(`${JSON.stringify({ ...state, buffer_log: [] })}\n${viewer.said.join('\n')}`)
      })
    return viewer.page.evaluate(() => window.fetched)
  }

  test('makes exactly PeerTube’s requests, which are measured all the same', async () => {
    const stock = await arrive(browser)
    const wanted = await segmentsOf(stock, 'stock')
    await stock.context.close()
    assert.equal(wanted.length, 6)
    assert.equal(new Set(wanted.map(([url = '']) => new URL(url).origin)).size, 3)

    const viewer = await arrive(browser)
    await withSecret(viewer, secretOfControl())
    await viewer.page.addInitScript(() => {
      const told: unknown[] = []
      Object.assign(window, { notes: { told } })
      const Bare = window.Worker
      window.Worker = class extends Bare {
        override postMessage(message: unknown): void {
          told.push(message)
          super.postMessage(message)
        }
      }
    })
    assert.deepEqual(await segmentsOf(viewer, 'mirrorwise'), wanted)
    await engineHeard(viewer)
    assert.deepEqual((await lookAt(viewer)).state.errors, [])
    await viewer.context.close()
  })
})
