/**
 * Makes the docs' pictures of what viewers and admins see: `node --import tsx tests/docs/pictures.ts`
 * after `script/build`.
 *
 * Panel, settings and status are the package's own, with the real engine and the real service.
 * PeerTube's page around the settings is a plain one.
 */
import type { Browser } from 'playwright-core'
import { ROOT } from '../../web/build/layout.ts'
import { launchChromium } from '../../web/demo/server/chromium.ts'
import { bundlePage, visit } from '../web/plugin/client/panel/server.ts'
import { openSettings } from '../web/plugin/package/admin-page.ts'
import { PeerTube } from '../web/plugin/server/peertube.ts'
import { MIRROR, query } from '../web/plugin/server/reporting.ts'
import { Service } from '../web/plugin/server/service.ts'

const picture = (name: string) => ({ path: `${ROOT}docs/pictures/${name}.png` })
const PAGE = `
  body { margin: 1.5rem; font: 15px/1.4 system-ui, sans-serif; color: #222; background: #fff }
  form > div > div { margin-block: 1rem; max-width: 40rem }
  label { font-weight: bold }
  input:not([type]), input[type=password], textarea { display: block; width: 100%; box-sizing: border-box; padding: .4rem }
  h3 { border-block-end: 1px solid #bbb }
  button, input[type=submit] { padding: .4rem .8rem }
`

async function panel(browser: Browser): Promise<void> {
  const { page, close } = await visit(browser, await bundlePage())
  await page.setViewportSize({ width: 960, height: 540 })
  await page.evaluate(async () => {
    await window.stage.watch(30)
    window.stage.show()
  })
  await page.locator('.mirrorwise-button').click()
  await page.locator('.mirrorwise-panel').waitFor()
  await page.screenshot(picture('panel'))
  await close()
}

async function settings(browser: Browser): Promise<void> {
  const service = new Service()
  await service.start()
  const settings = { 'service-url': service.url, 'service-secret': service.secret }
  const peertube = await PeerTube.start({ settings, query: query(MIRROR) })
  const page = await openSettings(browser, peertube)
  await page.setViewportSize({ width: 760, height: 1000 })
  await page.addStyleTag({ content: PAGE })
  await page.fill('#service-url', service.url)
  await page.fill('#service-secret', service.secret)
  await page.getByRole('button', { name: 'Check this service' }).click()
  await page.locator('#service-secret-wrapper li.well').waitFor()
  // A secret is no picture.
  await page.locator('#service-secret').evaluate((field) => field.setAttribute('type', 'password'))
  await page.locator('.mirrorwise-status li').first().waitFor()
  await page.screenshot(picture('settings'))
  await peertube.stop()
  await service.stop()
  service.forget()
}

/** The status page on a phone, of an instance where something is to be done. */
async function status(browser: Browser): Promise<void> {
  const settings = { 'service-url': 'http://127.0.0.1:1', 'service-secret': 's'.repeat(30) }
  const peertube = await PeerTube.start({
    settings: { ...settings, epsilon: '99' },
    query: query(MIRROR),
  })
  const page = await openSettings(browser, peertube, { route: true })
  await page.setViewportSize({ width: 390, height: 560 })
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.addStyleTag({ content: 'body { margin: 1rem; font: 15px/1.4 system-ui, sans-serif }' })
  await page.locator('.mirrorwise-status li').first().waitFor()
  await page.screenshot(picture('status'))
  await peertube.stop()
}

const browser = await launchChromium()
try {
  await panel(browser)
  await settings(browser)
  await status(browser)
} finally {
  await browser.close()
}
