/** Two tabs of one viewer: what is chosen in one holds in the other, at once. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium } from '../../web/demo/server/chromium.ts'
import { startFleet, type Fleet } from '../../web/demo/server/fleet.ts'
import { TEXT } from '../../web/plugin/client/panel/strings.ts'
import { until } from '../web/until.ts'
import { open } from './plugin.ts'
import { untilTakenOver, waitForEngine, type Viewer } from './viewing.ts'

let browser: Browser
let fleet: Fleet
before(async () => {
  browser = await launchChromium()
  fleet = await startFleet({ video: 'medium', mirrors: [{}, {}] })
})
after(async () => {
  await browser.close()
  await fleet.stop()
})

const isTaken = (page: Page): Promise<boolean> =>
  page.evaluate(() => window.notes.handles.length > 0)

/** Opens two tabs that play, with the engine of the first; null where a page was too busy. */
async function twoTabs(): Promise<{ first: Page; second: Page; context: BrowserContext } | null> {
  const viewer: Viewer = await open(browser, fleet)
  const { context } = viewer
  const second = await context.newPage()
  await second.addInitScript(NOTES)
  await second.goto(viewer.page.url())
  for (const page of [viewer.page, second]) {
    await page.locator('.mirrorwise-button').waitFor({ state: 'attached' })
  }
  if (!(await isTaken(viewer.page)) || !(await isTaken(second))) {
    await context.close()
    return null
  }
  await waitForEngine(viewer)
  return { first: viewer.page, second, context }
}

/** The second tab’s part of the notes. */
const NOTES = `
  window.notes = { handles: [] }
  addEventListener('mirrorwise', ({ detail }) => window.notes.handles.push(detail))
`

async function press(page: Page, button: string): Promise<void> {
  await page.locator('.mirrorwise-button').dispatchEvent('click')
  await page.getByRole('button', { name: button }).dispatchEvent('click')
}

test('off in one tab is off in the other', async () => {
  await untilTakenOver(async () => {
    const tabs = await twoTabs()
    if (!tabs) return false
    const { first, second, context } = tabs
    await press(second, TEXT.turnOff)
    await first.waitForFunction(() => window.notes.handles[0]?.planner.state === 'failed')
    await first.locator('.mirrorwise-button').dispatchEvent('click')
    await first.getByText(TEXT.idle).waitFor()
    await context.close()
    return true
  })
})

test('what is forgotten in one tab, the other forgets as well', async () => {
  await untilTakenOver(async () => {
    const tabs = await twoTabs()
    if (!tabs) return false
    const { first, second, context } = tabs
    // A host of an earlier visit is not among those of this video.
    await first.evaluate(async () => {
      const { planner } = window.notes.handles[0] ?? {}
      const outcome = { plan: 0, host: 'https://earlier.example', now_s: Date.now() / 1000 }
      const good = { kind: 'ok', status: 206, ttfb_s: 0.1, total_s: 1, bytes: 1e6 } as const
      planner?.observe({ ...outcome, ...good, cold: false, overlapped: false }, true)
      await planner?.remember()
    })
    const knows = (): Promise<boolean> =>
      first.evaluate(async () => {
        await window.notes.handles[0]?.planner.remember()
        const told = JSON.stringify(await window.notes.handles[0]?.planner.explain())
        return `${told}${localStorage.getItem('mirrorwise-viewer')}`.includes('earlier.example')
      })
    assert.equal(await knows(), true)
    await press(second, TEXT.forget)
    const status = second.getByRole('status')
    await status.getByRole('button', { name: TEXT.forget }).dispatchEvent('click')
    await second.getByText(TEXT.forgotten).waitFor()
    await until(async () => !(await knows()))
    await context.close()
    return true
  })
})
