/**
 * The viewer's panel in real Chromium, with video.js, the engine and localStorage. All tests share
 * one visit; twelve segments have been watched before the first test.
 */
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import type { Browser, Locator, Page } from 'playwright-core'
import { launchChromium } from '../../../../../web/demo/server/chromium.ts'
import { TEXT } from '../../../../../web/plugin/client/panel/strings.ts'
import { bundlePage, visit, type Visited } from './server.ts'

let browser: Browser
let visited: Visited
let page: Page
let button: Locator
let panel: Locator

before(async () => {
  const [launched, files] = await Promise.all([launchChromium(), bundlePage()])
  browser = launched
  visited = await visit(browser, files)
  page = visited.page
  button = page.locator('.mirrorwise-button')
  panel = page.locator('.mirrorwise-panel')
  await watch(12)
})
after(async () => {
  await visited.close()
  await browser.close()
})
afterEach(async () => {
  if (await panel.isVisible()) await page.keyboard.press('Escape')
  assert.deepEqual(visited.said, [])
})

const watch = (segments: number): Promise<void> =>
  page.evaluate((count) => window.stage.watch(count), segments)

type Wish = Parameters<typeof window.stage.show>[0]

/** Opens the panel of a page with the differences in `wish`; returns what it says at first. */
async function openFolded(wish: Wish = {}): Promise<string> {
  await page.evaluate((wish) => window.stage.show(wish), wish)
  await button.click()
  await panel.waitFor()
  return panel.innerText()
}

/** Opens the panel with all that is folded in it. */
async function open(wish: Wish = {}): Promise<string> {
  await openFolded(wish)
  await panel.locator('summary').click()
  return panel.innerText()
}

/** Names of the plugin's records in localStorage. */
const kept = (): Promise<string[]> =>
  page.evaluate(() => Object.keys(localStorage).map((key) => key.replace('mirrorwise-', '')))

test('opens, is read and closes by keyboard, and takes no key from the player', async () => {
  await button.focus()
  await page.keyboard.press('Enter')
  await panel.waitFor()
  assert.equal(await button.getAttribute('aria-expanded'), 'true')
  const heard = await page.evaluateHandle(() => {
    const keys: string[] = []
    document.addEventListener('keydown', ({ key }) => keys.push(key))
    return keys
  })
  assert.ok(await panel.evaluate((dialog) => dialog.contains(document.activeElement)))
  for (const key of ['Tab', 'ArrowDown', 'm', 'f']) await page.keyboard.press(key)
  assert.deepEqual(await heard.jsonValue(), [])
  await page.keyboard.press('Escape')
  await panel.waitFor({ state: 'hidden' })
  // The dialog's close event comes a moment later.
  await page.locator('.mirrorwise-button[aria-expanded="false"]').waitFor()
  assert.ok(await button.evaluate((own) => own === document.activeElement))
})

test('closes on a click outside', async () => {
  await open()
  await page.mouse.click(20, 20)
  await panel.waitFor({ state: 'hidden' })
})

test('has a name, a role and words for each picture, and says nothing by itself', async () => {
  await open()
  await page.getByRole('dialog', { name: TEXT.title }).waitFor()
  assert.equal(await page.getByRole('button', { name: TEXT.close }).count(), 1)
  const pictures = await panel.getByRole('img').all()
  assert.ok(pictures.length >= 2)
  for (const picture of pictures) {
    assert.match((await picture.getAttribute('aria-label')) ?? '', /^\d+ readings from \d/)
  }
  assert.equal(await panel.getByRole('status').innerText(), '')
})

test('begins with what matters to a viewer, and folds the rest', async () => {
  const text = await openFolded()
  assert.match(text, /^Where this video comes from[^]*\d servers take turns\./)
  assert.ok(text.includes(TEXT.turnOff))
  assert.ok(!text.includes(TEXT.reports) && !text.includes(TEXT.servers))
  const cells = panel.getByRole('list', { name: TEXT.strip }).locator('li')
  assert.ok((await cells.count()) >= 6)
  for (const cell of await cells.allInnerTexts()) assert.match(cell, /^[A-Z\s]+$/)
  const names = await panel.locator('.mirrorwise-legend li').allInnerTexts()
  assert.match(names.join(), /A videos\.example/)
})

test('takes no room from PeerTube’s buttons where there is little', async () => {
  await page.evaluate(() => window.stage.show({}))
  const stands = () => button.evaluate((own) => getComputedStyle(own).position)
  assert.notEqual(await stands(), 'absolute')
  assert.equal(await button.evaluate((own) => own.getBoundingClientRect().width), 36)
  await page.setViewportSize({ width: 360, height: 740 })
  await page.locator('.mirrorwise-above').waitFor()
  assert.equal(await stands(), 'absolute')
  await page.setViewportSize({ width: 1000, height: 700 })
  await page.locator('.mirrorwise-button:not(.mirrorwise-above)').waitFor()
})

test('shows readings, beliefs and share of each server, and why it was chosen', async () => {
  const text = await open()
  // The engine may name any host here, because it explores now and then.
  assert.match(text, /\S+\.example\S* was expected to take [\d.]+ s to the first byte/)
  assert.match(text, /videos\.example\s+origin/)
  assert.match(text, /a-mirror-with-a-rather-long-name\.far-away\.example:8443/)
  const near = panel.locator('article').nth(1)
  const rows = await near.locator('tbody tr').allInnerTexts()
  assert.match(rows[0] ?? '', /First byte after\s+\d+ ms\s+\d+ ms\s+\d+ to \d+ ms/)
  assert.match(rows[1] ?? '', /Speed\s+[\d.]+ Mbit\/s\s+[\d.]+ Mbit\/s\s+[\d.]+ to [\d.]+/)
  const words = await near.innerText()
  assert.match(words, /\d+% of the segments/)
  assert.match(words, /Used \d+ times\..*Down with a chance of [\d.]+%/s)
  assert.match(text, /Stalls avoided, at least\s+\d/)
})

const silent: [reason: string, wish: Wish, says: string][] = [
  ['the site has switched reports off', { withReports: false }, TEXT.reportsOff],
  ['the video is not public', { isPublic: false }, TEXT.notPublic],
  ['there is no engine', { withEngine: false }, TEXT.noEngine],
]
for (const [reason, wish, says] of silent) {
  test(`says that nothing is reported when ${reason}`, async () => {
    assert.ok((await open(wish)).includes(says))
  })
}

test('shows the exact bytes of today’s report, and the truth, before they are sent', async () => {
  const text = await open()
  const shown = await panel.locator('pre').innerText()
  assert.equal(shown, await page.evaluate(() => window.stage.body()))
  const { reports } = JSON.parse(shown) as { reports: { day: string }[] }
  assert.ok(text.includes(TEXT.truth))
  assert.match(text, new RegExp(`Day, in UTC\\s+${reports[0]?.day ?? 'none'}`))
  assert.deepEqual(visited.sent, [])
})

test('shows the same bytes when they have been sent', async () => {
  const sending = page.waitForRequest('**/router/reports')
  await watch(30)
  const sent = (await sending).postData()
  await open()
  assert.equal(await panel.locator('pre').innerText(), sent)
  assert.deepEqual(visited.sent, [sent])
})

const states: [state: string, wish: Wish, says: string][] = [
  ['PeerTube picks for the control group', { inControl: true }, TEXT.control],
  ['there is nothing to choose from', { withChoice: false }, TEXT.nothing],
  ['simple rules choose', { withEngine: false }, TEXT.without],
  ['nothing is done any more', { isOver: true }, TEXT.idle],
]
for (const [state, wish, says] of states) {
  test(`says that ${state}`, async () => {
    assert.ok((await open(wish)).includes(says))
    assert.equal(await button.count(), 1)
  })
}

test('of a live says what came from other viewers, and limits what is sent to them', async () => {
  const text = await openFolded({ isLive: true, withChoice: false })
  for (const said of ['25% came from other viewers', TEXT.live, '2 MB', TEXT.fromInstance])
    assert.ok(text.includes(said), said)
  const limit = panel.getByLabel(TEXT.limit)
  assert.equal(await limit.inputValue(), '')
  await limit.selectOption({ label: '0.5 Mbit/s' })
  await limit.selectOption({ label: TEXT.sendNothing })
  assert.deepEqual(await page.evaluate(() => window.stage.limits()), [500_000, 0])
  await page.keyboard.press('Escape')
  await openFolded({ isLive: true, withChoice: false })
  assert.equal(await limit.inputValue(), '0')
})

for (const lang of ['fr', 'de', 'es']) {
  test(`speaks ${lang} on a phone, and fits it`, async () => {
    await page.setViewportSize({ width: 360, height: 740 })
    const text = await open({ lang })
    const english = Object.values(TEXT).filter((said) => said.length > 12 && text.includes(said))
    assert.deepEqual(english, [])
    const [scroll, client, right] = await panel.evaluate((dialog) => [
      dialog.scrollWidth,
      dialog.clientWidth,
      dialog.getBoundingClientRect().right,
    ])
    assert.equal(scroll, client)
    assert.equal(right, 360)
    await page.setViewportSize({ width: 1000, height: 700 })
  })
}

test('shows markup in a translation as text', async () => {
  await page.evaluate(() => window.stage.show({ lang: 'de' }))
  assert.ok((await open({ translate: 'as markup', lang: 'en' })).includes('<img src=x>'))
  assert.equal(await panel.locator('img').count(), 0)
})

test('forgets everything: the engine’s beliefs, what is stored, the diary and its secret', async () => {
  await page.evaluate(() => window.stage.show({ lang: 'de' }))
  await open()
  const before = await kept()
  for (const name of ['viewer', 'diary', 'secret']) assert.ok(before.includes(name), name)
  assert.equal(await page.evaluate(() => window.stage.believes()), 3)
  const forget = panel.getByRole('button', { name: TEXT.forget })
  await forget.click()
  const status = panel.getByRole('status')
  await status.getByText(TEXT.forgetReally).waitFor()
  assert.ok((await kept()).includes('viewer'), 'nothing is forgotten before it is confirmed')
  await panel.getByRole('button', { name: TEXT.keep }).click()
  assert.equal(await status.innerText(), '')
  await forget.click()
  await forget.last().click()
  await status.getByText(TEXT.undiaried).waitFor()
  assert.ok((await status.innerText()).includes(TEXT.forgotten))
  assert.equal(await page.evaluate(() => window.stage.believes()), 0)
  assert.equal(await panel.locator('article svg').count(), 0)
  const left = await kept()
  assert.ok(!left.includes('viewer') && !left.includes('diary'), left.join())
})

test('is turned off here, stays off, and is turned on again with the same button', async () => {
  await open()
  await panel.getByRole('button', { name: TEXT.turnOff }).click()
  await panel.getByText(TEXT.turnedOff).waitFor()
  await panel.getByText(TEXT.off).waitFor()
  await panel.getByRole('button', { name: TEXT.turnOn }).waitFor()
  await page.reload()
  assert.ok((await open()).includes(TEXT.off))
  assert.equal(await panel.locator('article').count(), 0)
  await panel.getByRole('button', { name: TEXT.turnOn }).click()
  await panel.getByText(TEXT.turnedOn).waitFor()
  await panel.getByText(TEXT.idle).waitFor()
  await page.reload()
  assert.ok(!(await open()).includes(TEXT.off))
})
