/** One page's session: several videos, lives, a second hls.js, P2P off, loader versions. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { ServerConfig, VideoDetails } from '../../web/demo/contract.ts'
import { launchChromium } from '../../web/demo/server/chromium.ts'
import { startFleet, type Fleet, type FleetOptions } from '../../web/demo/server/fleet.ts'
import { TEXT } from '../../web/plugin/client/panel/strings.ts'
import { notesOf, open, planned, played, plays, type Prepare } from './plugin.ts'
import { lookAt, waitForEngine } from './viewing.ts'

let browser: Browser
let fleet: Fleet
const fleets: Fleet[] = []
before(async () => {
  browser = await launchChromium()
  fleet = await startFleet({ mirrors: [{}, {}], tracker: true })
  fleets.push(fleet)
})
after(async () => {
  await browser.close()
  await Promise.all(fleets.map((fleet) => fleet.stop()))
})

async function fleetOf(options: FleetOptions): Promise<Fleet> {
  const own = await startFleet(options)
  fleets.push(own)
  return own
}

/** Opens another fleet's video on the same page. */
async function goOnTo(page: Page, from: Fleet, change: Partial<VideoDetails> = {}): Promise<void> {
  await page.evaluate(
    async ({ url, change }) => {
      const video = (await (await fetch(url)).json()) as VideoDetails
      await window.watchPage?.open({ ...video, ...change })
    },
    { url: `${from.origin.url}/demo/video.json`, change },
  )
}

/** Waits until the new video plays. */
async function playsAnew(page: Page): Promise<void> {
  await page.waitForFunction(
    () => {
      const video = document.querySelector('video')
      return video && !video.seeking && video.currentTime > 0.5 && video.readyState >= 2
    },
    undefined,
    { polling: 50 },
  )
}

describe('one page', { concurrency: 3 }, () => {
  test('plays a playlist: each video from its own mirrors, with one engine for all', async () => {
    const [remote, without] = await Promise.all([
      fleetOf({ mirrors: [{}], video: 'short-files' }),
      fleetOf({ mirrors: [] }),
    ])
    const viewer = await open(browser, without)
    const { page } = viewer
    await playsAnew(page)
    await goOnTo(page, fleet)
    // The next video begins when the first has ended, as with autoplay.
    await plays(viewer)
    await goOnTo(page, remote)
    await playsAnew(page)
    await page.waitForFunction(() => window.notes.workers.length > 0)
    const { loads, workers } = await notesOf(page)
    assert.deepEqual(
      loads.map((playlist) => new URL(playlist).origin),
      [fleet.origin.url, remote.origin.url],
    )
    assert.equal(workers.length, 1)
    assert.deepEqual((await lookAt(viewer)).state.errors, [])
    await viewer.context.close()
  })

  test('shows in the panel what is playing: after a video with mirrors one without', async () => {
    const without = await fleetOf({ mirrors: [] })
    const viewer = await open(browser, fleet)
    const { page } = viewer
    const button = page.locator('.mirrorwise-button')
    await button.waitFor({ state: 'attached' })
    await goOnTo(page, without)
    await playsAnew(page)
    await button.dispatchEvent('click')
    const panel = page.getByRole('dialog')
    await panel.getByText(TEXT.nothing).waitFor()
    assert.equal(await panel.locator('article').count(), 0)
    await viewer.context.close()
  })

  test('uses PeerTube’s picker after the viewer turns the plugin off, until a new load', async () => {
    const viewer = await open(browser, fleet)
    const { page } = viewer
    await waitForEngine(viewer)
    const panel = page.getByRole('dialog')
    await page.locator('.mirrorwise-button').dispatchEvent('click')
    await panel.getByText(TEXT.ready).waitFor()
    await panel.getByRole('button', { name: TEXT.turnOff }).click()
    await panel.getByText(TEXT.off).waitFor()
    await panel.getByRole('button', { name: TEXT.turnOn }).click()
    await panel.getByText(TEXT.idle).waitFor()
    assert.equal(page.workers().length, 0)
    await goOnTo(page, fleet)
    await playsAnew(page)
    assert.equal((await notesOf(page)).loads.length, 1)
    assert.deepEqual((await lookAt(viewer)).state.errors, [])
    await page.reload()
    await page.waitForFunction(() => window.notes.handles.length === 1)
    await viewer.context.close()
  })

  test('has one engine and one panel when PeerTube registers the script twice', async () => {
    const { notes } = await played(browser, fleet, {
      prepare: ({ page }) =>
        page.route('**/api/v1/config', async (route) => {
          const response = await route.fetch()
          const config = (await response.json()) as ServerConfig
          const { registered } = config.plugin
          config.plugin.registered = [...registered, ...registered]
          await route.fulfill({ response, json: config })
        }),
    })
    assert.equal(notes.loads.length, 1)
    assert.equal(notes.workers.length, 1)
    assert.equal(notes.buttons, 1)
  })

  test('has no mirrors for a live, and takes over when it has become a video', async () => {
    const viewer = await open(browser, fleet)
    await playsAnew(viewer.page)
    await goOnTo(viewer.page, fleet, { isLive: true })
    await playsAnew(viewer.page)
    assert.equal((await notesOf(viewer.page)).loads.length, 1)
    await goOnTo(viewer.page, fleet)
    await playsAnew(viewer.page)
    assert.equal((await notesOf(viewer.page)).loads.length, 2)
    assert.deepEqual((await lookAt(viewer)).state.errors, [])
    await viewer.context.close()
  })

  test('goes on with sound alone in a second hls.js, which decisions take into account', async () => {
    const viewer = await open(browser, fleet)
    const { page } = viewer
    await playsAnew(page)
    const heights = fleet.video.recipe.renditions.map(({ height }) => height)
    const playlist = `${fleet.video.uuid}-${heights[0]}.m3u8`
    const before = await page.evaluate((playlist) => {
      const url = document.querySelector('video') && window.notes.handles[0]?.playlistUrl
      window.watchPage?.audioOnly(new URL(playlist, url ?? undefined).href)
      return window.notes.events.length
    }, playlist)
    await plays(viewer)
    const later = (await notesOf(page)).events.slice(before)
    const buffers = later.flatMap((event) =>
      event.type === 'planned' ? [event.request.buffer_s] : [],
    )
    assert.ok(
      buffers.some((buffer_s) => buffer_s > 0),
      JSON.stringify(buffers),
    )
    await viewer.context.close()
  })

  for (const params of [{ p2p: 'off' }, { p2p: 'off', embed: '1' }] as const) {
    test(`with P2P off ${'embed' in params ? 'in an embed ' : ''}knows no tracker and no peer, and uses mirrors`, async () => {
      const options = { mirrors: [{}], origin: { rate_kBps: 100 }, tracker: true }
      const own = await fleetOf(options)
      let sockets = 0
      const { notes } = await played(browser, own, {
        params,
        prepare: ({ page }) => Promise.resolve(page.on('websocket', () => sockets++)),
      })
      assert.equal(sockets + notes.peers, 0)
      assert.ok(planned(notes) >= 6)
      assert.ok(own.mirrors.some(({ requests }) => requests.length > 0))
    })
  }
})

/** Published versions: the release before PeerTube 8.2's, PeerTube 8.2's, and the newest. */
describe('below p2p-media-loader', { concurrency: 3 }, () => {
  const versions = { '2.2.1': 'previous', '2.2.2': undefined, '2.3.1': 'next' } as const
  for (const [version, loader] of Object.entries(versions)) {
    test(`${version} every segment comes through the courier, and wrong bytes are repaired`, async () => {
      const own = await fleetOf({ mirrors: [{ fault: 'flip' }, {}] })
      // Priors favour the one mirror with wrong bytes.
      const shares = { [own.mirrors[0]?.url ?? '']: 1 }
      const terms = { epsilon: 2, hosts: 1, control: 0 }
      const prepare: Prepare = ({ page }) =>
        page.route(/\/router\/priors/, (route) =>
          route.fulfill({ json: { priors: {}, shares, served: {}, terms } }),
        )
      const { notes } = await played(browser, own, { params: loader ? { loader } : {}, prepare })
      assert.ok(planned(notes) >= 6)
      assert.ok(notes.events.some((event) => event.type === 'fetched' && event.kind === 'corrupt'))
      const ends = notes.events.flatMap((event) => (event.type === 'finished' ? event.error : []))
      assert.deepEqual(
        ends.filter((error) => error !== null && error !== 'aborted'),
        [],
      )
    })
  }
})
