/** The player page and the demo's page in real Chromium. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page, Route } from 'playwright-core'
import { HOPELESS_MS } from '../until.ts'
import type { DemoState } from '../../../web/demo/page/metrics/state.ts'
import { launchChromium } from '../../../web/demo/server/chromium.ts'
import { startFleet, type Fleet, type PlayerParams } from '../../../web/demo/server/fleet.ts'

let browser: Browser
let fleet: Fleet
before(async () => {
  browser = await launchChromium()
  fleet = await startFleet({
    origin: { words: 'steady' },
    mirrors: [{ name: 'near' }, { name: 'patchy', schedule: [{ at_s: 99, conditions: {} }] }],
  })
})
after(async () => {
  await browser.close()
  await fleet.stop()
})

async function newPage(options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
  const page = await browser.newPage(options)
  page.setDefaultTimeout(HOPELESS_MS)
  return page
}

/** Console errors and uncaught errors of a page. */
const complaints = (page: Page): string[] => {
  const said: string[] = []
  page.on('pageerror', (error) => said.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') said.push(message.text())
  })
  return said
}

const state = (page: Page): Promise<DemoState> => page.evaluate(() => window.demo)

/** Plays to a position, and returns the player's state. */
async function play(page: Page, params: PlayerParams, position_s: number): Promise<DemoState> {
  await page.goto(fleet.playerUrl(params))
  await page.waitForFunction((until) => window.demo.position_s > until, position_s)
  return state(page)
}

describe('the player', () => {
  const variants: Record<string, PlayerParams> = {
    'as PeerTube has it': { mode: 'stock' },
    'with P2P off': { mode: 'stock', p2p: 'off' },
    'with the next p2p-media-loader': { mode: 'stock', loader: 'next' },
    'in an embed': { mode: 'stock', embed: '1' },
    'with a private video': { mode: 'stock', private: '1' },
    'with the plugin': { mode: 'mirrorwise' },
    'with the plugin in an embed': { mode: 'mirrorwise', embed: '1' },
  }
  for (const [name, params] of Object.entries(variants)) {
    test(`plays ${name}, and measures it`, async () => {
      const page = await newPage()
      const said = complaints(page)
      const played = await play(page, params, 1)
      assert.deepEqual(said, [])
      assert.deepEqual(played.errors, [])
      assert.ok((played.startup_s ?? 0) > 0)
      assert.ok(played.buffer_s > 0)
      const served = played.fetches.find(({ outcome }) => outcome === 'ok')
      assert.ok(served && served.bytes > 10_000)
      assert.ok((served.ttfb_s ?? 0) > 0 && (served.total_s ?? 0) >= (served.ttfb_s ?? 0))
      assert.equal(played.fetches.find(({ segment }) => segment === 0)?.height, 240)
      assert.deepEqual(played.engine === null, params.mode === 'stock')
      await page.close()
    })
  }

  test('with P2P off asks the origin alone, as PeerTube does', async () => {
    const page = await newPage()
    const { fetches } = await play(page, { mode: 'stock', p2p: 'off' }, 1)
    const hosts = new Set(fetches.map(({ host }) => host))
    assert.deepEqual([...hosts], [fleet.origin.url])
    await page.close()
  })

  test('does not start by itself without autoplay', async () => {
    const page = await newPage()
    await page.goto(fleet.playerUrl({ mode: 'stock', autoplay: '0' }))
    await page.locator('.vjs-big-play-button').click()
    await page.waitForFunction(() => window.demo.position_s > 0.5)
    await page.close()
  })
})

/** A plugin that records its hooks and the keys of their payloads, and throws in one hook. */
const NOTEBOOK = `
window.notes = []
export function register({ registerHook, peertubeHelpers }) {
  const note = (target) => (first) => {
    window.notes.push([target, Object.keys(first ?? {}).sort().join(' ')])
    if (target.includes('p2p-media-loader')) throw new Error('on purpose')
    return first
  }
  window.route = () => peertubeHelpers.getBaseStaticRoute()
  for (const target of [
    'filter:internal.video-watch.player.build-options.result',
    'filter:api.video-watch.video.get.result',
    'filter:internal.video-watch.player.load-options.result',
    'filter:internal.player.p2p-media-loader.options.result',
    'action:video-watch.player.loaded',
    'action:embed.player.loaded',
  ]) registerHook({ target, handler: note(target) })
}`

describe('the hooks', () => {
  const notesOf = async (params: PlayerParams): Promise<{ page: Page; notes: string[][] }> => {
    const page = await newPage()
    await page.route('**/client-scripts/**', (route) =>
      route.fulfill({ contentType: 'text/javascript', body: NOTEBOOK }),
    )
    await play(page, params, 0.2)
    const notes = await page.evaluate(() => (window as unknown as { notes: string[][] }).notes)
    return { page, notes }
  }

  test('run in PeerTube’s order on a watch page, with its payloads; a throw is survived', async () => {
    const { page, notes } = await notesOf({ mode: 'mirrorwise' })
    assert.deepEqual(
      notes.map(([target]) => target),
      [
        'filter:internal.video-watch.player.build-options.result',
        'filter:api.video-watch.video.get.result',
        'filter:internal.video-watch.player.load-options.result',
        'filter:internal.player.p2p-media-loader.options.result',
        'action:video-watch.player.loaded',
      ],
    )
    const keys = Object.fromEntries(notes) as Record<string, string>
    assert.equal(keys['filter:internal.player.p2p-media-loader.options.result'], 'loader')
    assert.equal(
      keys['action:video-watch.player.loaded'],
      'player playlist playlistPosition video videojs',
    )
    const load = keys['filter:internal.video-watch.player.load-options.result'] ?? ''
    for (const key of ['hls', 'p2pEnabled', 'isLive', 'liveOptions', 'nextVideo']) {
      assert.ok(load.split(' ').includes(key), key)
    }
    await page.close()
  })

  test('run in an embed without load options, and route helpers throw there', async () => {
    const { page, notes } = await notesOf({ mode: 'mirrorwise', embed: '1' })
    assert.deepEqual(notes, [
      ['filter:internal.player.p2p-media-loader.options.result', 'loader'],
      ['action:embed.player.loaded', 'player video videojs'],
    ])
    const route = page.evaluate(() => (window as unknown as { route: () => string }).route())
    await assert.rejects(route, /not implemented in embed/)
    await page.close()
  })
})

describe('the demo’s page', () => {
  const open = async (): Promise<{ page: Page; said: string[] }> => {
    const page = await newPage({ viewport: { width: 1320, height: 900 } })
    const said = complaints(page)
    await page.goto(fleet.origin.url.replace('127.0.0.1', 'localhost'))
    return { page, said }
  }

  test('shows both players, their fetches, and the engine’s beliefs', async () => {
    const { page, said } = await open()
    for (const mode of ['stock', 'mirrorwise']) {
      const card = page.locator(`#${mode}`)
      await card.locator('.strip .shown').first().waitFor()
      assert.equal(await card.locator('.strip tr').first().locator('td').count(), 6)
      assert.match(await card.locator('.totals').innerText(), /start-up\s+\d+\.\d s/)
      await card.locator('.buffer polyline').waitFor({ state: 'attached' })
    }
    await page.locator('#mirrorwise .whisker').first().waitFor({ state: 'attached' })
    assert.match(await page.locator('#mirrorwise .sentence').innerText(), /^(Engine \w+: )?\w/)
    assert.deepEqual(said, [])
    await page.close()
  })

  test('changes a host while it plays, by mouse or keyboard', async () => {
    const { page } = await open()
    const patchy = page.locator('#weather fieldset').nth(2)
    await patchy.locator('[name=fault]').selectOption('http-503')
    await patchy.locator('[name=rate]').focus()
    await page.keyboard.press('Home')
    await page.waitForFunction(
      () => document.querySelectorAll('#weather output')[5]?.textContent === '0.2 Mbit/s',
    )
    assert.equal(fleet.mirrors[1]?.conditions.fault, 'http-503')
    assert.equal(fleet.mirrors[1].conditions.rate_kBps, 20)
    await patchy.getByLabel('changes by the clock').check()
    await page.waitForFunction(() => document.querySelector<HTMLInputElement>(':checked') !== null)
    await page.close()
  })

  test('keeps a change although an older answer about the hosts comes late', async () => {
    const { page } = await open()
    const box = page.locator('#weather fieldset').nth(2).getByLabel('changes by the clock')
    await page.locator('#mirrorwise .strip .shown').first().waitFor()
    await box.uncheck()
    let release = (): void => undefined
    const released = new Promise<void>((resolve) => (release = resolve))
    const held = new Promise<void>((hold) => {
      const holdFirst = async (route: Route): Promise<void> => {
        const response = await route.fetch()
        hold()
        await released
        await route.fulfill({ response })
      }
      void page.route('**/demo/fleet', holdFirst, { times: 1 })
    })
    await held
    await box.check()
    const shown = page.waitForResponse((response) => response.request().method() === 'GET')
    release()
    await shown
    assert.equal(await box.isChecked(), true)
    await page.close()
  })

  test('fits a phone', async () => {
    const page = await newPage({ viewport: { width: 360, height: 740 } })
    await page.goto(fleet.origin.url.replace('127.0.0.1', 'localhost'))
    await page.locator('#stock .strip .shown').first().waitFor()
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    )
    assert.equal(overflow, 0)
    await page.close()
  })

  test('has no motion for those who prefer reduced motion', async () => {
    const page = await newPage({ reducedMotion: 'reduce' })
    await page.goto(fleet.origin.url.replace('127.0.0.1', 'localhost'))
    const frame = page.frameLocator('#stock iframe')
    await frame.locator('.vjs-big-play-button').waitFor()
    assert.equal(
      await frame.locator('video').evaluate((video: HTMLVideoElement) => video.paused),
      true,
    )
    await page.close()
  })
})
