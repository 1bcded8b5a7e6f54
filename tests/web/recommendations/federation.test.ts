/** The page on federation in real Chromium: two real services, one of which hears the other. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { ROOT } from '../../../web/build/layout.ts'
import { buildRecommendations } from '../../../web/build/recommendation-pages.ts'
import { launchChromium } from '../../../web/demo/server/chromium.ts'
import { startService, type Service } from '../../../web/demo/server/service.ts'
import { MODULE } from '../clock.ts'
import { fitsAPhone, watchedPage, type WatchedPage } from '../report/watched-page.ts'

const TOKEN = 'admin-token-of-the-federation-test'
const folder = mkdtempSync(`${tmpdir()}/mirrorwise-federation-`)

const settingsOf = (name: string) => ({
  MIRRORWISE_STATE_DIR: `${folder}/${name}`,
  MIRRORWISE_REPORT_DIR: `${folder}/report`,
  MIRRORWISE_ADMIN_TOKEN: TOKEN,
  MIRRORWISE_PUBLIC_URL: `https://service.${name}.example`,
  MIRRORWISE_PEERTUBE_URL: 'http://127.0.0.1:9',
  MIRRORWISE_FEDERATION_INSTANCE: `https://${name}.example`,
})

let sister: Service
let own: Service
let browser: Browser
let page: Page
let watched: WatchedPage

before(async () => {
  browser = await launchChromium()
  await Promise.all([
    buildRecommendations(`${folder}/recommendations`),
    // A page in the place of the report, which the service wants to have.
    buildRecommendations(`${folder}/report`),
  ])
  sister = await startService({ settings: settingsOf('sister'), month: null, module: MODULE })
  const typed = ['-m', 'tests.instance.at', 'federation', 'publish', '--yes']
  const env = { ...process.env, ...settingsOf('sister') }
  await promisify(execFile)(`${ROOT}.venv/bin/python`, typed, { cwd: ROOT, env })
  const settings = { ...settingsOf('own'), MIRRORWISE_FEDERATION_PRIVATE: sister.url }
  own = await startService({ settings, month: null, module: MODULE })
  watched = await watchedPage(browser)
  page = watched.page
  page.on('dialog', (dialog) => void dialog.accept())
})
after(async () => {
  await browser.close()
  await own.stop()
  await sister.stop()
  rmSync(folder, { recursive: true })
})

/** Keeps a picture when somebody wants to look at it. */
async function look(name: string): Promise<void> {
  const path = process.env['PICTURES']
  if (path !== undefined) await page.screenshot({ path: `${path}/${name}.png`, fullPage: true })
}

const press = (name: string | RegExp) => page.getByRole('button', { name }).first().press('Enter')
const said = (text: string | RegExp) => page.getByText(text).first().waitFor()

describe('the page on federation', { concurrency: false }, () => {
  test('asks for the token', async () => {
    await page.goto(`${own.url}/recommendations/federation.html`)
    const token = page.getByLabel('Admin token')
    await token.fill(TOKEN)
    await token.press('Enter')
    await said('Not published; 0 of 0 instances are heard.')
  })

  test('shows what would be published before it is', async () => {
    assert.equal(await page.getByRole('button', { name: 'Publish it' }).count(), 0)
    await press('Look at what would be published')
    await said(/^The exact \d+ bytes$/)
    await said(/^https:\/\/own\.example, document 1, about /)
    await said('ε spent on this week: 1.')
    await press('Publish it')
    await said(/^✓ Published: everybody can read/)
  })

  test('hears a sister, says what she says, and takes it back with a receipt', async () => {
    const address = page.getByLabel('Address of an instance')
    await address.fill('http://127.0.0.1:1/private')
    await address.press('Enter')
    await said(/MIRRORWISE_FEDERATION_PRIVATE/)
    await address.fill(`${sister.url}/api/v1/federation`)
    await address.press('Enter')
    await said('○ Not asked yet.')
    await press('Ask all of them now')
    await said(/^✓ Asked at /)
    await said('Published; 1 of 1 instances are heard.')
    const heard = page.locator('#sources details').first()
    await heard.locator('summary').first().press('Enter')
    await said(/^https:\/\/sister\.example, document 1, about /)
    await fitsAPhone(page, () => look('phone'))
    await look('desk')
    await press(/^Take back all of https:\/\/sister\.example/)
    await said('Signed receipt')
    await said(/sister\.example, everything: taken back/)
  })

  test('withdraws what was said', async () => {
    await press(/^Withdraw /)
    await said(/: withdrawn$/)
    await said(/: replaced by a later one$/)
    // Chromium logs the refusal of the private address.
    assert.deepEqual(
      watched.complaints.filter((each) => !each.includes('400')),
      [],
    )
    assert.deepEqual(watched.askedElsewhere(own.url), [])
  })
})
