/** The admin's pages of the built package in Chromium: form validation and status. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page, Route } from 'playwright-core'
import { launchChromium } from '../../../../web/demo/server/chromium.ts'
import { until } from '../../until.ts'
import { PeerTube } from '../server/peertube.ts'
import { Service } from '../server/service.ts'
import { MIRROR, query } from '../server/reporting.ts'
import { openSettings } from './admin-page.ts'

const NOWHERE = 'http://127.0.0.1:1'

let browser: Browser
let peertube: PeerTube
before(async () => {
  const settings = { 'service-url': NOWHERE, 'service-secret': 's'.repeat(30), epsilon: '99' }
  const started = [launchChromium(), PeerTube.start({ settings, query: query(MIRROR) })] as const
  ;[browser, peertube] = await Promise.all(started)
})
after(async () => {
  await browser.close()
  await peertube.stop()
})

const submit = (page: Page) => page.locator('input[type=submit]').click()
const saved = (page: Page) => page.evaluate(() => window.saved)
const status = (page: Page) => page.locator('.mirrorwise-status')

describe('settings that are out of range', () => {
  test('are refused with the allowed range, and saved once they are valid', async () => {
    const page = await openSettings(browser, peertube)
    await status(page).locator('li').first().waitFor()
    await page.fill('#control-percent', '51')
    await page.fill('#epsilon', '0,1')
    await page.fill('#service-secret', 'short')
    await submit(page)
    const alerts = page.getByRole('alert')
    await alerts.nth(2).waitFor()
    assert.deepEqual(await alerts.allTextContents(), [
      'Copy the whole secret from the service’s state folder: at least 22 characters.',
      'Write a number from 0 to 50.',
      'Write a number from 0.4 to 8.',
    ])
    assert.deepEqual(await saved(page), [])
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'service-secret')
    const described = page.locator('#control-percent[aria-invalid=true]')
    assert.equal(await described.getAttribute('aria-describedby'), 'control-percent-refused')

    await page.fill('#control-percent', '50')
    assert.equal(await alerts.count(), 2)
    await page.fill('#epsilon', '0,5')
    await page.fill('#service-secret', '')
    assert.equal(await alerts.count(), 0)
    await submit(page)
    const [sent] = await saved(page)
    assert.deepEqual([sent?.['control-percent'], sent?.['epsilon']], ['50', '0,5'])
    await page.close()
  })

  test('are refused in the administrator’s language', async () => {
    const page = await openSettings(browser, peertube, { locale: 'de-DE' })
    await status(page).locator('li').first().waitFor()
    await page.fill('#epsilon', '9')
    await submit(page)
    assert.equal(await page.getByRole('alert').textContent(), 'Eine Zahl von 0,4 bis 8 eingeben.')
    await page.close()
  })
})

describe('the settings page', () => {
  test('has headings, and hides what a switch makes idle unless it is refused', async () => {
    const page = await openSettings(browser, peertube, { locale: 'de-DE' })
    await page.locator('#epsilon').waitFor()
    const headings = await page.locator('form h3').allTextContents()
    assert.deepEqual(headings, ['Service', 'Players', 'Reports', 'Recommendations'])
    const epsilon = page.locator('#epsilon')
    assert.ok(await epsilon.isVisible())
    assert.ok(!(await page.locator('#watch-events').isVisible()))
    await page.fill('#epsilon', '99')
    await page.uncheck('#reports')
    assert.ok(!(await page.locator('#reports-per-address').isVisible()))
    assert.ok(await epsilon.isVisible())
    await page.fill('#epsilon', '2')
    await epsilon.waitFor({ state: 'hidden' })
    await page.close()
  })

  test('asks the service that is typed, and says whether it is reached and what to do', async (t) => {
    const service = new Service()
    await service.start()
    t.after(async () => {
      await service.stop()
      service.forget()
    })
    const page = await openSettings(browser, peertube)
    const button = page.getByRole('button', { name: 'Check this service' })
    const answer = page.locator('#service-secret-wrapper').getByRole('status')
    const asks = async (url: string, secret: string, told: RegExp): Promise<void> => {
      await page.fill('#service-url', url)
      await page.fill('#service-secret', secret)
      await button.click()
      await answer.filter({ hasText: told }).waitFor()
    }
    const { secret } = service
    await asks(service.url, secret, /✓ The service is reached; it is version \d+\.\d+.*Next: open/)
    await asks(service.url, 'x'.repeat(30), /▲ The service does not know the secret/)
    await asks(service.url, '', /▲ The service’s secret is not set.*Next: copy it/)
    await asks(NOWHERE, secret, /▲ Nothing answers at http/)
    await asks(peertube.origin, secret, /▲ .* does not answer as the service does/)
    await asks('http://8.8.8.8', secret, /▲ Write an address such as/)
    await asks('', '', /✓ No service is set.*Next: install the service/)
    assert.deepEqual(await saved(page), [])
    await page.close()
  })

  test('asks one service at a time, so that no slow answer replaces a later one', async () => {
    const page = await openSettings(browser, peertube)
    const asked: Route[] = []
    await page.route('**/service-check', (route) => void asked.push(route))
    const button = page.getByRole('button', { name: 'Check this service' })
    const answer = page.locator('#service-secret-wrapper').getByRole('status')
    await page.fill('#service-secret', 's'.repeat(30))
    await page.fill('#service-url', NOWHERE)
    await button.focus()
    await page.keyboard.press('Enter')
    await until(() => asked.length === 1)
    await page.keyboard.press('Enter')
    await page.locator('button[aria-disabled=true]', { hasText: 'Check' }).waitFor()
    await asked[0]?.continue()
    await answer.filter({ hasText: '▲ Nothing answers at http' }).waitFor()
    assert.ok(await button.evaluate((one) => one === document.activeElement))
    await page.locator('button[aria-disabled=false]', { hasText: 'Check' }).waitFor()
    assert.equal(asked.length, 1)
    await page.keyboard.press('Enter')
    await until(() => asked.length === 2)
    await page.close()
  })
})

describe('the status', () => {
  test('says in words what works, what does not, and what to do', async () => {
    const page = await openSettings(browser, peertube)
    const lines = status(page).locator('li')
    await lines.first().waitFor()
    const said = await lines.allTextContents()
    assert.deepEqual(said.slice(0, -1), [
      `▲ Nothing answers at ${NOWHERE}: start the service, or correct its address.`,
      '▲ “ε of a day’s report” is set to what is not allowed, so the default counts.' +
        'Write a number from 0.4 to 8.',
      '✓ Mirrors known: 1',
      '✓ Reports today: 0',
      '✓ Engine failures today: 0',
    ])
    assert.match(said.at(-1) ?? '', /^✓ Counted since /)
    const link = status(page).getByRole('link', { name: 'Open the report' })
    assert.equal(await link.getAttribute('href'), `${NOWHERE}/report/`)
    await page.close()
  })

  test('is refreshed by keyboard, and the focus stays', async () => {
    const page = await openSettings(browser, peertube)
    const again = page.getByRole('button', { name: 'Look again' })
    await again.focus()
    await peertube.set({ enabled: false })
    await page.keyboard.press('Enter')
    await status(page).getByText('Mirrorwise is switched off').waitFor()
    assert.ok(await again.evaluate((button) => button === document.activeElement))
    await page.close()
  })

  test('has a page of its own, which asks anybody but administrators to sign in', async () => {
    const page = await openSettings(browser, peertube, { route: true, session: 'user-session' })
    await status(page).getByText('sign in as an administrator').waitFor()
    assert.equal(await page.locator('form').count(), 0)
    await page.close()
  })

  test('fits a phone in every language, light and dark', async () => {
    for (const [locale, colorScheme] of [
      ['fr-FR', 'light'],
      ['de-DE', 'dark'],
      ['es-ES', 'dark'],
    ] as const) {
      const page = await openSettings(browser, peertube, { locale, route: true })
      await page.emulateMedia({ colorScheme })
      await status(page).locator('li').first().waitFor()
      const text = (await status(page).textContent()) ?? ''
      assert.doesNotMatch(text, /[{}]|Reports today/)
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      assert.ok(overflow <= 0, `${locale}: ${overflow} px too wide`)
      await page.close()
    }
  })
})
