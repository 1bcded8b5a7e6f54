/** The page "For you", in Chromium, with the real service. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { startClock } from '../../clock.ts'
import { until } from '../../until.ts'
import type { Service, Wire } from '../server/service.ts'
import type { Instance } from './instance.ts'
import { event, openPage, post, recommended, startSite, stopSite } from './site.ts'
import type { Ends, Site } from './site.ts'
import { publishUpTo, TOGETHER, video, VIDEOS } from './videos.ts'

const TOKEN = 'f'.repeat(32)

startClock()
publishUpTo(30)

let site: Site
let instance: Instance
let service: Service
let wire: Wire

before(async () => {
  site = await startSite('')
  ;({ instance, service, wire } = site)
  await until(async () => (await recommended(service)) === VIDEOS.length)
  for (const viewer of ['a', 'b', 'c', 'd']) await tell(viewer, TOGETHER)
  await tell(TOKEN, [0])
  await until(async () => (await recommended(service, { viewer: TOKEN })) === VIDEOS.length - 1)
})

after(() => stopSite(site))

describe('“For you”', () => {
  test('is made of what the viewer has told, and says why, in one line and in the dialog', async (t) => {
    const page = await visit(t, { mode: 'shared', token: TOKEN, secret: 's'.repeat(32) })
    await page.getByText('By what you watched here, and what others watched.').waitFor()
    const names = await page.locator('.mirrorwise-name').allInnerTexts()
    assert.equal(names.length, 24)
    assert.match(names[0] ?? '', /^Video [79]$/)
    assert.ok(!names.includes('Video 0'))
    const reason = await page.locator('.mirrorwise-reason').first().innerText()
    assert.notEqual(reason, '')
    await page.locator('.mirrorwise-why').first().click()
    const dialog = page.locator('.mirrorwise-dialog[open]')
    await dialog.getByText(`Why “${names[0]}”?`).waitFor()
    await dialog.locator('li').filter({ hasText: reason }).first().waitFor()
    assert.ok(!instance.asked.some(({ line }) => line.includes(TOKEN)))
    const searches = instance.asked.filter(({ line }) => line.includes('uuids='))
    // Otherwise PeerTube may pass the names on to another server's index.
    assert.ok(searches.every(({ line }) => line.includes('searchTarget=local')))
    assert.ok(searches.every(({ line }) => line.split('uuids=').length <= 21))
  })

  test('shows more when asked, with the keyboard’s focus on the first new one', async (t) => {
    const page = await visit(t, {})
    await page.getByRole('button', { name: 'Show more' }).press('Enter')
    assert.equal(await page.locator('.mirrorwise-videos > li').count(), 30)
    const focused = await page.evaluate(
      `[...document.querySelectorAll('.mirrorwise-videos > li')]
        .findIndex((item) => item.contains(document.activeElement))`,
    )
    assert.equal(focused, 24)
  })

  test('leaves out what PeerTube would not show, and what is not of interest', async (t) => {
    instance.blocked.add(video(7))
    t.after(() => instance.blocked.clear())
    const page = await visit(t, { without: [video(9).uuid] })
    await page.locator('.mirrorwise-name').first().waitFor()
    const names = await all(page)
    assert.equal(names.length, VIDEOS.length - 2)
    assert.ok(!names.includes('Video 7') && !names.includes('Video 9'))
  })

  test('a dismissed video leaves, and the others stay where they are', async (t) => {
    const page = await visit(t, {})
    await page.getByRole('button', { name: 'Show more' }).click()
    const before = await page.locator('.mirrorwise-name').allInnerTexts()
    await page.locator('.mirrorwise-why').nth(1).click()
    await page.getByRole('button', { name: 'Not interested' }).click()
    await page.keyboard.press('Escape')
    await page
      .getByRole('link', { name: before[1] ?? '', exact: true })
      .waitFor({ state: 'detached' })
    const after = await page.locator('.mirrorwise-name').allInnerTexts()
    assert.deepEqual(after, before.toSpliced(1, 1))
  })

  test('a choice in the dialog counts at once', async (t) => {
    const page = await visit(t, {})
    await page.getByText('The same for everybody').waitFor()
    await page.getByRole('button', { name: 'Choose what is recommended' }).click()
    await page.getByRole('radio').nth(1).check()
    await page.keyboard.press('Escape')
    await page.getByText('This was computed in your browser; nobody was told.').waitFor()
  })

  test('in private mode no request names a viewer, and thumbnails hide among others', async (t) => {
    const watched = [{ video: video(0).uuid, name: 'Video 0', liked: true }]
    const from = instance.asked.length
    const page = await visit(t, { mode: 'private', watched })
    await page.getByText('This was computed in your browser').waitFor()
    const names = await page.locator('.mirrorwise-name').allInnerTexts()
    assert.deepEqual(names.slice(0, 2).sort(), ['Video 7', 'Video 9'])
    await page
      .locator('.mirrorwise-reason')
      .first()
      .getByText('People who watched “Video 0”')
      .waitFor()
    const asked = instance.asked.slice(from)
    assert.ok(asked.every(({ line }) => line.startsWith('GET')))
    const named = asked.filter(({ line }) => VIDEOS.some(({ uuid }) => line.includes(uuid)))
    assert.ok(named.every(({ line }) => line.startsWith('GET /thumbnails/')))
  })

  test('shows the newest and says so when the service does not answer', async (t) => {
    wire.condition = 'cut'
    t.after(() => (wire.condition = 'whole'))
    const page = await visit(t, {})
    await page.getByText('The newest videos, because').waitFor()
    assert.equal(await page.locator('.mirrorwise-name').first().innerText(), 'Video 29')
  })

  test('says so where nothing is recommended', async (t) => {
    await instance.set({ recommendations: false })
    t.after(() => instance.set({ recommendations: true }))
    const page = await visit(t, {})
    await page.getByText('This site recommends nothing.').waitFor()
  })
})

async function all(page: Page): Promise<string[]> {
  const more = page.getByRole('button', { name: 'Show more' })
  while (await more.isVisible()) await more.click()
  return page.locator('.mirrorwise-name').allInnerTexts()
}

const visit = (t: Ends, chosen: object): Promise<Page> =>
  openPage(site, t, '/p/mirrorwise/for-you', chosen)

const tell = (viewer: string, numbers: number[]): Promise<Response> =>
  post(instance, 'events', { events: numbers.map((number) => event(viewer, number)) })
