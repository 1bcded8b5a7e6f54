/** The operator's report page in real Chromium, on the real service. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import type { Browser, Download, Page } from 'playwright-core'
import { launchChromium } from '../../../web/demo/server/chromium.ts'
import type { QualityReport } from '../../../web/report/service/report.ts'
import type { Service } from '../../../web/demo/server/service.ts'
import { until } from '../until.ts'
import { startService, TOKEN } from './service.ts'
import { fitsAPhone, watchedPage, type WatchedPage } from './watched-page.ts'

const HOSTS = ['fading', 'near', 'slow', 'video', 'west'].map((name) => `${name}.example`)

let service: Service
let browser: Browser
let page: Page
let watched: WatchedPage

before(async () => {
  browser = await launchChromium()
  service = await startService()
  watched = await watchedPage(browser)
  page = watched.page
})
after(async () => {
  await browser.close()
  await service.stop()
})

/** Waits until the page is drawn, and returns the number of reports. */
async function reports(): Promise<number> {
  await page.waitForFunction(() =>
    /^[\d,]+ reports of .*\d\.$/.test(document.querySelector('#status')?.textContent ?? ''),
  )
  const words = await page.locator('#status').innerText()
  return Number(words.split(' ')[0]?.replaceAll(',', ''))
}

/** Chooses an option of a select by keyboard, typing its first letters. */
async function choose(label: string, letters: string): Promise<number> {
  await page.getByLabel(label).focus()
  await page.keyboard.type(letters)
  return reports()
}

async function exported(name: string): Promise<{ download: Download; text: string }> {
  const begun = page.waitForEvent('download')
  await page.getByRole('link', { name }).press('Enter')
  const download = await begun
  return { download, text: await readFile(await download.path(), 'utf8') }
}

describe('the report page', { concurrency: false }, () => {
  let all = 0

  test('asks for the token, refuses a wrong one, and opens with the right one', async () => {
    await page.goto(`${service.url}/report/`)
    const token = page.getByLabel('Admin token')
    assert.equal(await page.getByRole('alert').count(), 0)
    for (const typed of ['wrong', TOKEN]) {
      await token.fill(typed)
      await token.press('Enter')
      if (typed === 'wrong') await page.getByRole('alert').waitFor()
    }
    all = await reports()
    assert.ok(all > 10_000)
  })

  test('shows every host, and no figure without an interval', async () => {
    const rows = page.locator('.overview tbody tr')
    assert.deepEqual((await rows.locator('a').allInnerTexts()).sort(), HOSTS)
    const cells = [
      ...(await page.locator('.overview td').allInnerTexts()),
      ...(await page.locator('.host td').allTextContents()),
    ]
    for (const cell of cells) assert.match(cell, /\d\s\S+\s\(.+\)|not enough reports yet \(\d/)
    const gains = await page.locator('#gains p').allInnerTexts()
    assert.equal(gains.length, 2)
    for (const gain of gains) assert.match(gain, /95\s% interval|not enough reports yet/)
    assert.match(gains[0] ?? '', /wait \d+\s% less for the first byte \(95\s% interval \d+–\d+/)
  })

  test('shows since when a host has faded, and marks it in the charts', async () => {
    const row = page.locator('#alarms tr', { hasText: 'fading.example' }).first()
    assert.match(await row.innerText(), /\d+ \w+ 20\d\d.*▼ worse/s)
    const card = page.getByRole('region', { name: 'fading.example', exact: true })
    await card.scrollIntoViewIfNeeded()
    await card.locator('canvas').first().waitFor()
    assert.match(await card.locator('.advice').innerText(), /Look\. Since \d+ \w+ 20\d\d, fading/)
  })

  test('says who uses a host, and that an invented mirror names no other instances', async () => {
    const users = page.getByRole('region', { name: 'near.example', exact: true }).locator('.users')
    const told = users.getByText('It does not say whether it copies videos of other instances')
    await told.waitFor()
    const [region, connection] = await users.locator('li').allInnerTexts()
    assert.match(region ?? '', /by region: \d+\s% \(\d+–\d+\) UTC to \+3: Europe, West Africa[;.]/)
    assert.match(connection ?? '', /\d+\s% \(\d+–\d+\) wifi/)
  })

  test('compares with the origin that is chosen, and says what to do', async () => {
    await choose('Compare with', 'vid')
    const slow = page.getByRole('region', { name: 'slow.example', exact: true })
    assert.match(
      await slow.locator('.advice').innerText(),
      /To do\. slow\.example is slower than the origin: .* of its viewers .* Consider removing it/,
    )
    const advice = await page.locator('#to-do p').allInnerTexts()
    for (const host of ['slow', 'fading']) {
      assert.ok(advice.some((line) => line.includes(`${host}.example`)))
    }
    // The month's noise decides whether the fading host needs action; actions come first.
    const isAction = advice.map((line) => line.includes('To do'))
    assert.deepEqual(isAction, [...isAction].sort().reverse())
    assert.match(page.url(), /against=https%3A%2F%2Fvideo\.example/)
  })

  test('has every chart’s figures as a table that opens by keyboard', async () => {
    const figures = page.locator('.host figure')
    assert.equal(await figures.locator('details table').count(), await figures.count())
    const summary = page.locator('.host figure summary').first()
    await summary.press('Enter')
    const table = page.locator('.host figure details[open] .scroll')
    await page.keyboard.press('Tab')
    assert.ok(await table.evaluate((each) => each === document.activeElement))
    assert.ok((await table.locator('tbody tr').count()) >= 4)
    await summary.press('Enter')
  })

  test('fits a phone, and follows to dark', () =>
    fitsAPhone(page, async () => {
      const canvas = page.locator('.host canvas').first()
      await canvas.scrollIntoViewIfNeeded()
      const pixels = () => canvas.evaluate((each: HTMLCanvasElement) => each.toDataURL())
      const light = await pixels()
      await page.emulateMedia({ colorScheme: 'dark' })
      await until(async () => (await pixels()) !== light)
    }))

  test('is short on a phone, where charts are folded, and paper shows them all', async () => {
    await page.setViewportSize({ width: 390, height: 800 })
    await page.reload()
    await reports()
    const height = await page.evaluate(() => document.documentElement.scrollHeight)
    assert.ok(height < 5000, `${height} px`)
    const charts = page.locator('.host canvas')
    assert.equal(await charts.count(), 0)
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')))
    const plots = await page.locator('.host .plot').count()
    await until(async () => (await charts.count()) === plots)
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.reload()
    await reports()
  })

  test('puts first what asks for something, and compares no errors', async () => {
    const cards = await page
      .locator('.host .advice')
      .evaluateAll((all) => all.map((each) => each.classList[1]))
    const order = ['do', 'look', 'unclear', 'keep']
    const ranks = cards.map((kind) => order.indexOf(kind ?? ''))
    assert.deepEqual(ranks, [...ranks].sort())
    const heads = await page.locator('.overview thead th').allInnerTexts()
    assert.deepEqual(
      heads.filter((head) => /error/i.test(head)),
      [],
    )
  })

  test('filters by connection, region and days, and keeps the filters in its address', async () => {
    const cellular = await choose('Connection', 'cell')
    assert.ok(cellular > 0 && cellular < all)
    const regional = await choose('Region', 'UTC to')
    assert.ok(regional > 0 && regional < cellular)
    const last = page.getByLabel('to', { exact: true })
    const from = await page.getByLabel('From').inputValue()
    await last.fill(from)
    await page.waitForFunction((day) => location.search.includes(`until=${day}`), from)
    assert.ok((await reports()) < regional)
    const here = page.url()
    await page.goto(here)
    await reports()
    assert.equal(await page.getByLabel('Connection').inputValue(), 'cellular')
    assert.equal(await last.inputValue(), from)
    assert.match(await page.locator('#gains').innerText(), /not enough reports yet/)
  })

  test('exports what it shows, though a link cannot carry the token', async () => {
    const json = await exported('.json')
    const shown = JSON.parse(json.text) as QualityReport
    assert.equal(shown.reports, await reports())
    const csv = await exported('.csv')
    assert.equal(csv.download.suggestedFilename(), 'mirrorwise.csv')
    assert.match(csv.text, /^day,host,reports,share,share_low,share_high/)
  })

  test('says what the service says of days that are the wrong way round', async () => {
    await page.getByLabel('From').fill('2030-01-01')
    await page.getByText('since must not be after').waitFor()
    assert.ok(await page.getByLabel('From').isVisible())
  })

  test('sends requests to the service alone, and logs no error but for the refused days', () => {
    assert.deepEqual(watched.askedElsewhere(service.url), [])
    assert.deepEqual(
      watched.complaints.filter((each) => !each.includes('400')),
      [],
    )
  })
})
