/**
 * Another instance's mirrored video whose instance goes away: it plays from its mirrors, by what the
 * viewer's instance has kept; PeerTube alone cannot start.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { launchChromium } from '../../web/demo/server/chromium.ts'
import { startFleet, type Fleet } from '../../web/demo/server/fleet.ts'
import { TEXT } from '../../web/plugin/client/panel/strings.ts'
import { notesOf, open, plays } from './plugin.ts'
import { arrive, lookAt, untilTakenOver } from './viewing.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

async function withFleet(play: (fleet: Fleet) => Promise<boolean>): Promise<void> {
  await untilTakenOver(async () => {
    const fleet = await startFleet({ video: 'medium', remote: true, mirrors: [{}, {}] })
    try {
      return await play(fleet)
    } finally {
      await fleet.stop()
    }
  })
}

describe('the instance of a mirrored video', { concurrency: 2 }, () => {
  for (const fault of ['gone', 'silent'] as const) {
    test(`is ${fault} before the page opens: the video starts, plays to its end, and the panel says so`, async () => {
      await withFleet(async (fleet) => {
        if (fault === 'gone') await fleet.origin.stop()
        const viewer = await open(browser, fleet, {
          prepare: async ({ page }) => {
            // Neither an answer nor an end of the connection.
            if (fault === 'silent') await page.route(`${fleet.origin.url}/**`, () => undefined)
          },
        })
        await plays(viewer)
        const taken = (await notesOf(viewer.page)).loads.length > 0
        if (taken) {
          await viewer.page.locator('.mirrorwise-button').dispatchEvent('click')
          await viewer.page.getByText(TEXT.gone).waitFor()
        }
        await viewer.context.close()
        return taken
      })
    })
  }

  test('goes in mid-play: the video plays to its end, and further resolutions come from what is kept', async () => {
    await withFleet(async (fleet) => {
      const viewer = await open(browser, fleet)
      await viewer.page.waitForFunction(
        () => (document.querySelector('video')?.currentTime ?? 0) > 1,
      )
      await fleet.origin.stop()
      await plays(viewer)
      const taken = (await notesOf(viewer.page)).loads.length > 0
      await viewer.context.close()
      return taken
    })
  })

  test('is gone: PeerTube alone cannot start the video', async () => {
    const fleet = await startFleet({ remote: true, mirrors: [{}], origin: { fault: 'gone' } })
    const viewer = await arrive(browser)
    await viewer.page.goto(fleet.playerUrl({ mode: 'stock' }))
    await viewer.page.waitForFunction(() => window.demo.errors.length > 0)
    assert.equal((await lookAt(viewer)).startup_s, null)
    await viewer.context.close()
    await fleet.stop()
  })

  test('is there: its own files are used, and nothing is asked of what is kept', async () => {
    await withFleet(async (fleet) => {
      const viewer = await open(browser, fleet)
      await plays(viewer)
      const taken = (await notesOf(viewer.page)).loads.length > 0
      await viewer.context.close()
      const kept = fleet.instance.requests.filter(({ path }) => path.includes('/router/kept/'))
      assert.deepEqual(kept, [])
      return taken
    })
  })
})
