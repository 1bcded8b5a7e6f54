/** Empty and invalid lists of mirrors, and extra sources beside them. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import type { VideoDetails } from '../../web/demo/contract.ts'
import { startFleet } from '../../web/demo/server/fleet.ts'
import type { MediaServer } from '../../web/demo/server/media-server.ts'
import { REDUNDANCY } from '../../web/demo/server/origin-api.ts'
import { launchChromium } from '../../web/demo/server/chromium.ts'
import { arrive, assertPlayedWell, watch, type Viewer } from './viewing.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

async function withMirrors(viewer: Viewer, change: (urls: string[]) => string[]): Promise<void> {
  await viewer.page.route('**/demo/video.json', async (route) => {
    const response = await route.fetch()
    const video = (await response.json()) as VideoDetails
    for (const playlist of video.streamingPlaylists) {
      const urls = playlist.redundancies.map(({ baseUrl }) => baseUrl)
      playlist.redundancies = change(urls).map((baseUrl) => ({ baseUrl }))
    }
    await route.fulfill({ response, json: video })
  })
}

/** Changes the plugin's settings as they reach the page. */
async function withSettings({ page }: Viewer, settings: Record<string, string>): Promise<void> {
  await page.route('**/public-settings', async (route) => {
    const response = await route.fetch()
    const said = (await response.json()) as { publicSettings: object }
    await route.fulfill({
      response,
      json: { publicSettings: { ...said.publicSettings, ...settings } },
    })
  })
}

describe('a video', { concurrency: true }, () => {
  test('without mirrors is served by the origin, and no engine is loaded at all', async () => {
    const fleet = await startFleet({ mirrors: [] })
    const viewer = await arrive(browser)
    assertPlayedWell(await watch(viewer, fleet.playerUrl({ mode: 'mirrorwise' }, 'localhost')))
    const assets = fleet.origin.requests.filter(({ path }) => path.includes('/router/engine/'))
    assert.deepEqual(assets, [])
    await viewer.context.close()
    await fleet.stop()
  })

  test('without mirrors is served by an extra source, which spares the origin', async () => {
    const fleet = await startFleet({ mirrors: [{ rate_kBps: 2000 }], origin: { rate_kBps: 2000 } })
    const [source] = fleet.mirrors
    const viewer = await arrive(browser)
    await withMirrors(viewer, () => [])
    await withSettings(viewer, {
      'extra-sources': `${source?.url}${REDUNDANCY}/{uuid}/{file} private`,
      'spared-hosts': `http://localhost:${fleet.origin.port}: reserve`,
    })
    assertPlayedWell(await watch(viewer, fleet.playerUrl({ mode: 'mirrorwise' }, 'localhost')))
    const segments = ({ requests }: MediaServer): number =>
      requests.filter(({ path }) => path.endsWith('.mp4')).length
    assert.ok(source)
    const [there, atOrigin] = [segments(source), segments(fleet.origin)]
    assert.ok(there > 2 * atOrigin, `${there} at the source, ${atOrigin} at the origin`)
    await viewer.context.close()
    await fleet.stop()
  })

  test('of another instance is served by an extra source which that publishes', async () => {
    const fleet = await startFleet({
      remote: true,
      mirrors: [{ rate_kBps: 2000 }],
      origin: { rate_kBps: 2000 },
    })
    const viewer = await arrive(browser)
    await withMirrors(viewer, () => [])
    await withSettings(viewer, { 'spared-hosts': `${fleet.origin.url}: reserve` })
    await viewer.page.route('**/router/sources/*', (route) =>
      route.fulfill({ json: { sources: ['https://cache.example/{uuid}/{file}'] } }),
    )
    let segments = 0
    await viewer.page.route('https://cache.example/**', async (route) => {
      segments += 1
      const { pathname } = new URL(route.request().url())
      const url = `${fleet.mirrors[0]?.url}${REDUNDANCY}${pathname}`
      await route.fulfill({ response: await route.fetch({ url }) })
    })
    assertPlayedWell(await watch(viewer, fleet.playerUrl({ mode: 'mirrorwise' }, 'localhost')))
    assert.ok(segments > 0)
    await viewer.page.unrouteAll({ behavior: 'ignoreErrors' })
    await viewer.context.close()
    await fleet.stop()
  })

  test('with invalid mirrors plays without them, with one warning for each kind', async () => {
    const fleet = await startFleet({ mirrors: [{ rate_kBps: 2000 }], origin: { rate_kBps: 300 } })
    const viewer = await arrive(browser)
    await withMirrors(viewer, (urls) => [
      'javascript:alert(1)',
      'ftp://files.example/video',
      '/static/redundancy/hls/x',
      'mirror.example/without/scheme',
      'http://user:secret@127.0.0.1:9/x',
      ...urls,
      ...urls,
      // Nothing listens on port 1; each address is a host of its own.
      ...Array.from({ length: 40 }, (_, i) => `http://127.0.0.${i + 2}:1/static/redundancy/hls/x`),
    ])
    const ours = await watch(viewer, fleet.playerUrl({ mode: 'mirrorwise' }, 'localhost'))
    assertPlayedWell(ours)
    const warnings = ours.said.filter((line) => line.includes('ignored mirrors'))
    assert.equal(new Set(warnings).size, warnings.length, warnings.join('\n'))
    assert.equal(warnings.length, 5, warnings.join('\n'))
    await viewer.context.close()
    await fleet.stop()
  })
})
