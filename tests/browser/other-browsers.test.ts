/**
 * Firefox and WebKitGTK, where they can differ from Chromium: faults of hosts, the engine, and the
 * demo's two halves.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Conditions } from '../../web/demo/server/conditions.ts'
import { startFleet, type Fleet } from '../../web/demo/server/fleet.ts'
import { launchFirefox } from './drivers/firefox.ts'
import { untilInPage, type AnyBrowser, type BrowserPage } from './drivers/page.ts'
import { launchWebKit } from './drivers/webkit.ts'
import { untilTakenOver } from './viewing.ts'

const BROWSERS = { Firefox: launchFirefox, WebKitGTK: launchWebKit }

const FAULTS: Record<string, Partial<Conditions>> = {
  'that answers 503': { fault: 'http-503' },
  'at 40 kB/s': { rate_kBps: 40 },
  'that flips bytes': { fault: 'flip' },
}

/** Opens the page, looks at it, and asserts that it had no error. */
async function look(
  browser: AnyBrowser,
  url: string,
  at: (page: BrowserPage) => Promise<void>,
): Promise<void> {
  const tab = await browser.open()
  try {
    await tab.page.goto(url)
    await at(tab.page)
    assert.deepEqual(await tab.complaints(), [])
  } finally {
    await tab.page.close()
  }
}

/** Without inner functions with a name: they would have been compiled with calls of `__name`. */
function playFast(): void {
  document.addEventListener(
    'ratechange',
    ({ target }) => {
      ;(target as HTMLVideoElement).playbackRate = 4
    },
    true,
  )
  for (const video of document.querySelectorAll('video')) video.playbackRate = 4
}

/** Plays to the end; false if ours was not there, or did not meet the mirror. */
async function plays(browser: AnyBrowser, fleet: Fleet): Promise<boolean> {
  let fetches = 0
  await look(browser, fleet.playerUrl({ mode: 'mirrorwise' }, 'localhost'), async (page) => {
    await page.evaluate(playFast)
    await untilInPage(page, () => window.demo.ended || window.demo.gave_up)
    const state = await page.evaluate(() => window.demo)
    assert.deepEqual(state.errors, [])
    assert.ok(state.ended)
    fetches = state.fetches.length
    if (fetches > 0) await untilInPage(page, () => window.demo.engine?.state === 'ready')
  })
  return (
    fetches > 0 && fleet.mirrors.some(({ requests }) => requests.some(({ segment }) => segment))
  )
}

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(`in ${name}`, { concurrency: false }, () => {
    let browser: AnyBrowser
    before(async () => {
      browser = await launch()
    })
    after(() => browser.close())

    for (const [words, conditions] of Object.entries(FAULTS)) {
      test(`a video on a mirror ${words} plays to its end without an error, and the engine starts`, async () => {
        await untilTakenOver(async () => {
          const fleet = await startFleet({ video: 'short', mirrors: [conditions] })
          try {
            return await plays(browser, fleet)
          } finally {
            await fleet.stop()
          }
        })
      })
    }

    test('both halves of the demo show their player’s figures', async () => {
      const fleet = await startFleet({ video: 'short', mirrors: [{}, {}] })
      try {
        await look(browser, `http://localhost:${fleet.instance.port}/`, async (page) => {
          await untilInPage(page, () =>
            ['#stock', '#mirrorwise'].every((half) =>
              /start-up\s*\d/.test(document.querySelector(`${half} .totals`)?.textContent ?? ''),
            ),
          )
          await untilInPage(page, () => document.querySelector('#mirrorwise .whisker') !== null)
        })
      } finally {
        await fleet.stop()
      }
    })
  })
}
