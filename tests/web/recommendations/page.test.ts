/** The operator's pages on recommendations in real Chromium, on the real service. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../../../web/demo/server/chromium.ts'
import type { Service } from '../../../web/demo/server/service.ts'
import type { Content } from '../../../web/recommendations/graph/content.ts'
import type { RecommendationReport } from '../../../web/recommendations/figures/report.ts'
import { until } from '../until.ts'
import { startService, TOKEN } from './service.ts'
import { fitsAPhone, watchedPage, type WatchedPage } from '../report/watched-page.ts'

let service: Service
let browser: Browser
let page: Page
let watched: WatchedPage

before(async () => {
  // With fewer viewers the detection of a shift of taste depends on the hour.
  const town = { videos: 160, viewers: 160, days: 15 }
  browser = await launchChromium()
  service = await startService(town)
  watched = await watchedPage(browser)
  page = watched.page
})
after(async () => {
  await browser.close()
  await service.stop()
})

const status = (): Promise<string> => page.locator('#status').innerText()

/** Numbers of shown videos and connections, from the status. */
async function shown(): Promise<[videos: number, ties: number]> {
  const numbers = (await status()).replaceAll(',', '').match(/\d+/g) ?? []
  return [Number(numbers[0]), Number(numbers[2])]
}

async function settled(): Promise<void> {
  await page.waitForFunction(() => document.querySelector('progress')?.value === 1)
}

async function exported(kind: string): Promise<string> {
  const begun = page.waitForEvent('download')
  await page.getByRole('link', { name: kind }).press('Enter')
  return readFile(await (await begun).path(), 'utf8')
}

describe('the page of figures', { concurrency: false }, () => {
  test('asks for the token, refuses a wrong one, and opens with the right one', async () => {
    await page.goto(`${service.url}/recommendations/`)
    const token = page.getByLabel('Admin token')
    for (const typed of ['wrong', TOKEN]) {
      await token.fill(typed)
      await token.press('Enter')
      if (typed === 'wrong') await page.getByRole('alert').waitFor()
    }
    await page.waitForFunction(() =>
      /\d/.test(document.querySelector('#status')?.textContent ?? ''),
    )
    assert.match(await status(), /^1\d\d viewers with plays, 160 public videos\.$/)
  })

  test('answers whether there is a filter bubble, with figures', async () => {
    const answers = await page.locator('#answers dd').allInnerTexts()
    assert.equal(answers.length, 6)
    assert.match(answers[0] ?? '', /In the last seven days, against the first seven: /)
    for (const answer of answers.slice(1)) assert.match(answer, /\d/)
  })

  test('draws figures and every weight over time, with the same figures as tables', async () => {
    await page.locator('#course canvas').first().waitFor()
    const figures = page.locator('#course figure, #weights figure')
    const told = JSON.parse(await exported('.json')) as RecommendationReport
    const charts = 3 + Object.keys(told.now.weights).length
    assert.equal(await figures.count(), charts)
    assert.equal(await figures.locator('details table').count(), charts)
    const days = page.locator('#weights figure').first().locator('tbody tr')
    assert.ok((await days.count()) >= 15)
  })

  test('tells in words when taste shifted', async () => {
    const shifts = await page.locator('#shifts li').allInnerTexts()
    assert.ok(shifts.length > 0)
    for (const shift of shifts)
      assert.match(shift, /^Since \d+ \w+ 20\d\d, people go (more|less) by “/)
  })

  test('exports what it shows', async () => {
    assert.ok('shifts' in (JSON.parse(await exported('.json')) as object))
    assert.match(await exported('.csv'), /^day,videos,viewers,.*weight tags.*\r\n20\d\d-/)
  })

  test('fits a phone', () => fitsAPhone(page))
})

describe('the graph', { concurrency: false }, () => {
  let content: Content

  test('is drawn, and laid out in a worker', async () => {
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.url().endsWith('/graph')),
      page.getByRole('link', { name: 'Graph' }).click(),
    ])
    content = (await answer.json()) as Content
    await settled()
    assert.equal((await shown())[0], content.videos.length)
    const dots = await page.locator('#picture canvas').count()
    assert.ok(dots > 0)
  })

  test('finds a node by keyboard, and reads its neighbours without the picture', async () => {
    await page.getByLabel('Find a video').focus()
    await page.keyboard.type('sailing part')
    await page.locator('#found [role=option]').nth(1).waitFor()
    await page.keyboard.press('ArrowDown')
    const name = await page.locator('[aria-selected=true] span').innerText()
    await page.keyboard.press('Enter')
    const words = page.locator('#chosen')
    assert.match(await words.innerText(), new RegExp(`● ${name}[^]*plays here lately`))
    assert.match(await words.innerText(), /Watched by the same people \(\d+\)[^]*% alike/)
    assert.ok(page.url().includes('#video%3A'))
  })

  test('walks from neighbour to neighbour', async () => {
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'H2')
    await page
      .locator('#chosen button', { has: page.locator('.tag') })
      .first()
      .press('Enter')
    assert.match(await page.locator('#chosen').innerText(), /^■ #\w+[^]*Videos \(\d+\)/)
  })

  test('hides what is filtered out, and keeps the filters in its address', async () => {
    const [, all] = await shown()
    const least = content.edges.map(([, , alike]) => alike).sort()[content.edges.length >> 1] ?? 0
    await page.getByRole('slider').fill((least / 1000).toFixed(2))
    const [videos, strong] = await shown()
    assert.ok(strong < all)
    await page.getByLabel('Language').selectOption({ label: 'French' })
    const [french] = await shown()
    assert.ok(french > 0 && french < videos)
    assert.equal(french, content.videos.filter(({ language }) => language === 'fr').length)
    await page.getByRole('checkbox', { name: 'tags' }).uncheck()
    await page.reload()
    await settled()
    assert.equal((await shown())[0], french)
    assert.equal(await page.getByRole('checkbox', { name: 'tags' }).isChecked(), false)
    assert.match(await page.locator('#chosen').innerText(), /^■ #\w+/)
  })

  test('follows to dark, and fits a phone', async () => {
    const picture = page.locator('.canvas')
    const light = await picture.screenshot()
    await page.emulateMedia({ colorScheme: 'dark' })
    await until(async () => !(await picture.screenshot()).equals(light))
    await fitsAPhone(page)
  })

  test('is shown as lists where a browser has no WebGL', async () => {
    const poor = (await watchedPage(browser)).page
    await poor.addInitScript('HTMLCanvasElement.prototype.getContext = () => null')
    await poor.addInitScript(`sessionStorage.setItem('mirrorwise-admin-token', '${TOKEN}')`)
    await poor.goto(`${service.url}/recommendations/graph.html#tag%3Asailing`)
    await poor.getByText('it lacks WebGL').waitFor()
    assert.match(await poor.locator('#chosen').innerText(), /^■ #sailing[^]*Videos \(\d+\)/)
    await poor.close()
  })
})

test('both pages send requests to the service alone, and log no error', () => {
  assert.deepEqual(watched.askedElsewhere(service.url), [])
  assert.deepEqual(watched.complaints, [])
})
