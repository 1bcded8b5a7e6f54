/** "Other videos" and the next video, with the real service, in Chromium and without. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { readUuid } from '../../../../web/plugin/shared/short-uuid.ts'
import { startClock } from '../../clock.ts'
import { until } from '../../until.ts'
import type { Service, Wire } from '../server/service.ts'
import type { Instance } from './instance.ts'
import { event, KEPT, post, recommended, startSite, stopSite, today } from './site.ts'
import type { Ends, Site } from './site.ts'
import { opened, visiting, watchPage } from './visiting.ts'
import { inPeerTubesForm, TOGETHER, video, VIDEOS } from './videos.ts'

const BY_PEERTUBE = ['Video 10', 'Video 8', 'Video 6', 'Video 4', 'Video 2']
/** Videos that share viewers with Video 0, but no tag. */
const WATCHED_TOGETHER = /^Video [79]$/

startClock()

let site: Site
let instance: Instance
let service: Service
let wire: Wire

before(async () => {
  site = await startSite(await watchPage())
  ;({ instance, service, wire } = site)
  await learn()
})

after(() => stopSite(site))

describe('“Other videos”', () => {
  test('are videos that viewers of this video also watched, the most likely first', async () => {
    const list = await inTime(() => asPeerTube())
    assert.match(list[0] ?? '', WATCHED_TOGETHER)
    assert.ok(list.includes('Video 7') && list.includes('Video 9'))
    assert.equal(list.length, 6)
  })

  test('never contain videos that PeerTube would not show', async () => {
    instance.blocked.add(video(7))
    const list = await inTime(() => asPeerTube())
    instance.blocked.clear()
    assert.equal(list[0], 'Video 9')
    assert.ok(!list.includes('Video 7'))
  })

  test('stay PeerTube’s own on every page but the watch page', async () => {
    for (const referer of ['/', '/search', '/w/p/jjDWJ9oFgaiCWavPcX39MP', '/w/nonsense']) {
      assert.deepEqual((await asPeerTube(referer)).slice(0, 5), BY_PEERTUBE, referer)
    }
  })

  test('are requested with the viewer’s own filters', async () => {
    await instance.set({})
    await asPeerTube(`/w/${video(1).shortUUID}`, '&languageOneOf=fr')
    const asked = askedOfService()
    assert.equal(asked.get('languageOneOf'), 'fr')
    assert.equal(asked.get('nsfw'), null)
    assert.equal(asked.get('video'), video(1).uuid)
  })

  test('follow the subscriptions of viewers who take part, and of no others', async () => {
    instance.user = { Account: { Actor: { id: 7 } } }
    instance.channels = ['news@video.example', 'no name']
    for (const [preferences, subscribed] of [
      [`viewer=${'v'.repeat(32)}`, 'news@video.example'],
      ['surprise=0', null],
    ] as const) {
      await instance.set({})
      await asPeerTube(`/w/${video(3).shortUUID}`, '', { 'Mirrorwise-Wishes': preferences })
      assert.equal(askedOfService().get('subscribed'), subscribed)
    }
    instance.user = undefined
  })

  for (const condition of ['silent', 'cut'] as const) {
    test(`stay PeerTube’s own when the service is ${condition}`, async () => {
      await instance.set({})
      wire.condition = condition
      const list = await asPeerTube(`/w/${video(2).shortUUID}`)
      wire.condition = 'whole'
      await instance.set({})
      assert.deepEqual(list.slice(0, 5), BY_PEERTUBE)
    })
  }

  test('stay PeerTube’s own where the administrator has not switched this on', async () => {
    await instance.set({ recommendations: false })
    const list = await asPeerTube()
    const told = await post(instance, 'events', { events: [event('a', 1)] })
    await instance.set({ recommendations: true })
    assert.deepEqual(list.slice(0, 5), BY_PEERTUBE)
    assert.equal(told.status, 403)
  })
})

describe('watch events', () => {
  const wrong: [string, object][] = [
    ['events', {}],
    ['events', { events: [] }],
    ['events', { events: Array.from({ length: 11 }, () => event('a', 1)) }],
    ['events[0].viewer', { events: [{ ...event('a', 1), viewer: 'root' }] }],
    ['events[0].video', { events: [{ ...event('a', 1), video: '../1' }] }],
    ['events[0].day', { events: [{ ...event('a', 1), day: '2001-01-01' }] }],
    ['events[0].engaged', { events: [{ ...event('a', 1), engaged: 2 }] }],
    ['events[0].watched_s', { events: [{ ...event('a', 1), watched_s: 9 }] }],
  ]
  for (const [field, body] of wrong) {
    test(`are refused when ${field} is invalid`, async () => {
      const answer = await post(instance, 'events', body)
      assert.equal(answer.status, 400)
      assert.equal(((await answer.json()) as { field: string }).field, field)
    })
  }
})

test('the service is told at once of a deleted or hidden video', async () => {
  const before = await known()
  await instance.act('action:api.video.updated', { video: { uuid: video(11).uuid, privacy: 1 } })
  await instance.act('action:api.video.deleted', { video: { uuid: video(11).uuid } })
  await until(async () => (await known()) === before - 1)
  await instance.act('action:api.video.updated', { video: { uuid: video(10).uuid, privacy: 3 } })
  await until(async () => (await known()) === before - 2)
  await post(instance, 'events', { events: [10, 11].map((number) => event('back', number)) })
  await until(async () => (await known()) === before)
})

describe('the table of neighbours', () => {
  test('is sent once, and not again while its ETag is the same', async () => {
    const url = `${instance.router}recommendations/neighbours`
    // The plugin gives a service up that takes more than 10 s, as on a busy machine.
    await until(async () => (await fetch(url)).ok)
    const first = await fetch(url)
    const table = (await first.json()) as { videos: string[] }
    assert.ok(table.videos.length > 0)
    const etag = first.headers.get('ETag') ?? ''
    assert.equal((await fetch(url, { headers: { 'If-None-Match': etag } })).status, 304)
  })
})

describe('in the page', () => {
  test('the list changes, the next video follows it, and each entry says why', async (t) => {
    const page = await visit(t)
    const [next = ''] = await inTime(() => open(page, 0))
    assert.match(next, WATCHED_TOGETHER)
    await page.locator('.mirrorwise-why').first().click()
    const dialog = page.locator('.mirrorwise-dialog[open]')
    const why = await dialog.innerText()
    assert.match(why, new RegExp(`Why “${next}”`))
    assert.doesNotMatch(why, /points/)
    await dialog.locator('summary').click()
    const sum = await dialog.innerText()
    assert.match(sum, /\d people or more who watched Video 0 watched this too/)
    assert.match(sum, /In all [\d.]+ points/)
    assert.deepEqual(await page.evaluate('watchPage.next()'), [next, next])
  })

  test('the list is filled too where the instance does not search its own videos', async (t) => {
    const page = await visit(t)
    const [next = '', ...others] = await inTime(() => open(page, 0, false))
    assert.match(next, WATCHED_TOGETHER)
    assert.equal(others.length, 4)
    wire.condition = 'silent'
    const newest = await open(page, 1, false)
    wire.condition = 'whole'
    await instance.set({})
    assert.deepEqual(newest, ['Video 11', 'Video 10', 'Video 9', 'Video 8', 'Video 7'])
  })

  test('a video of no interest disappears at once, and is not the next video', async (t) => {
    const page = await visit(t)
    const [first = '', second = ''] = await inTime(() => open(page, 0))
    await page.locator('.mirrorwise-why').first().click()
    await page.getByRole('button', { name: 'Not interested' }).click()
    await page.keyboard.press('Escape')
    assert.equal(await page.getByRole('link', { name: first, exact: true }).isVisible(), false)
    assert.deepEqual(await page.evaluate('watchPage.next()'), [second, second])
    for (const searches of [true, false]) {
      await open(page, 0, searches)
      await page.locator('.mirrorwise-why').nth(1).waitFor()
      assert.equal(await page.getByRole('link', { name: first, exact: true }).count(), 0)
    }
  })

  test('the dial for surprise is in the page, and counts from the next list on', async (t) => {
    const page = await visit(t)
    await open(page, 0)
    const more = page.getByRole('link', { name: 'For you' })
    assert.equal(await more.getAttribute('href'), '/p/mirrorwise/for-you')
    await page.locator('button.mirrorwise-open').click()
    await page.getByRole('slider').fill('1')
    await page.keyboard.press('Escape')
    await open(page, 1)
    assert.equal(askedOfService().get('surprise'), '1')
  })

  test('a viewer takes part without asking only if the administrator has set it', async (t) => {
    await instance.set({ 'watch-events': true })
    const page = await visit(t)
    const from = instance.asked.length
    await open(page, 0)
    await page.evaluate('watchPage.watch()')
    await open(page, 1)
    await until(() => instance.asked.slice(from).some(({ line }) => line.endsWith('/events')))
    await instance.set({ 'watch-events': false })
  })

  test('a new name has nothing to do with the old one', async (t) => {
    const old = 'o'.repeat(32)
    const told = { mark: 'm', day: today, video: video(4).uuid }
    const waits = { ...event('a', 5), viewer: old }
    const without = [video(6).uuid]
    const page = await visit(t, {
      ...{ mode: 'shared', token: old, secret: 's'.repeat(32), told: [told], without },
    })
    await open(page, 0)
    assert.equal(askedOfService().get('viewer'), old)
    assert.equal(askedOfService().get('without'), [told.video, ...without].join())
    await page.evaluate('watchPage.watch()')
    await leaveUnsent(page, waits)
    await page.locator('button.mirrorwise-open').click()
    await page.getByText(`The name by which this site knows you: ${old}`).waitFor()
    await page.getByRole('button', { name: 'Take a new name' }).click()
    await page.getByText('another name').waitFor()
    await page.keyboard.press('Escape')
    const from = instance.asked.length
    await open(page, 1)
    const viewer = askedOfService().get('viewer') ?? ''
    assert.match(viewer, /^[0-9a-f]{32}$/)
    assert.equal(askedOfService().get('without'), null)
    await page.evaluate('watchPage.watch()')
    await open(page, 2)
    const events = () => instance.asked.slice(from).filter(({ line }) => line.endsWith('/events'))
    await until(() => events().length > 0)
    // The video that had begun under the old name is told under none.
    assert.deepEqual(
      events().flatMap(({ body }) => (body as { events: object[] }).events),
      [{ ...event('a', 1), viewer }],
    )
    const said = JSON.stringify(
      instance.asked.slice(from).map(({ preferences, body }) => [preferences, body]),
    )
    for (const name of [old, told.video, waits.video, video(6).uuid]) {
      assert.ok(!said.includes(name), name)
    }
  })

  test('whoever switches off tells of nothing any more, not even of what waits', async (t) => {
    const waits = { ...event('a', 5), viewer: 'o'.repeat(32) }
    const told = { mark: 'm', day: today, video: video(4).uuid }
    const page = await visit(t, {
      ...{ mode: 'shared', token: 'o'.repeat(32), secret: 's'.repeat(32), told: [told] },
      without: [video(6).uuid],
    })
    await open(page, 0)
    await leaveUnsent(page, waits)
    await page.locator('button.mirrorwise-open').click()
    const off = page.getByRole('radio').nth(2)
    const from = instance.asked.length
    await off.check()
    await page.keyboard.press('Escape')
    await open(page, 1)
    await page.evaluate('watchPage.watch()')
    await open(page, 2)
    await page.evaluate("fetch('/settings')")
    const asked = instance.asked.slice(from)
    assert.ok(!asked.some(({ line }) => line.startsWith('POST')))
    assert.ok(asked.every(({ preferences }) => !/viewer|without/.test(preferences ?? '')))
    assert.doesNotMatch(await kept(page), new RegExp(video(5).uuid))
  })

  test('no address names the viewer or a watched video, not even that of “Why this?”', async (t) => {
    const token = 'w'.repeat(32)
    const page = await visit(t, { mode: 'shared', token, secret: 's'.repeat(32) })
    const [from, served] = [instance.asked.length, wire.asked.length]
    await inTime(() => open(page, 0))
    await page.locator('.mirrorwise-why').first().click()
    await page.locator('.mirrorwise-dialog[open] li').first().waitFor()
    await open(page, 1, false)
    const lines = [
      ...instance.asked.slice(from).map(({ line }) => line),
      ...wire.asked.slice(served),
    ]
    assert.ok(lines.some((line) => line.endsWith('recommendations/videos')))
    assert.ok(!lines.some((line) => line.includes(token) || line.includes(video(0).uuid)))
  })

  test('nothing is sent of a viewer who has not agreed', async (t) => {
    const page = await visit(t)
    const from = instance.asked.length
    await open(page, 0)
    await page.evaluate('watchPage.watch()')
    await open(page, 1)
    // Any request with events would have begun before this request.
    await page.evaluate("fetch('/settings')")
    const asked = instance.asked.slice(from)
    assert.ok(!asked.some(({ line }) => line.startsWith('POST')))
    assert.ok(asked.every(({ preferences }) => !preferences?.includes('viewer')))
  })

  test('a viewer who takes part sends one bit for a video, once, and can be forgotten', async (t) => {
    const page = await visit(t, { mode: 'shared' })
    const from = instance.asked.length
    const told = () => instance.asked.slice(from).filter(({ line }) => line.endsWith('/events'))
    for (const number of [0, 1, 0, 1]) {
      await open(page, number)
      if (number === 0) await page.evaluate('watchPage.watch()')
    }
    await until(() => told().length > 0)
    assert.equal(told().length, 1)
    const [said] = (told()[0]?.body as { events: Record<string, unknown>[] }).events
    assert.deepEqual(Object.keys(said ?? {}).sort(), ['day', 'engaged', 'video', 'viewer'])
    assert.equal(said?.['video'], video(0).uuid)
    const last = instance.asked.findLast(({ preferences }) => preferences)?.preferences ?? ''
    assert.equal(new URLSearchParams(last).get('viewer'), said['viewer'])
    await page.locator('button.mirrorwise-open').click()
    await page.getByRole('button', { name: 'Forget me' }).click()
    await page.getByText(/Forgotten, here and on this site: \d+ watched videos/).waitFor()
    const saving = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Save the receipt' }).click()
    const receipt = JSON.parse(await readFile(await (await saving).path(), 'utf8')) as object
    assert.ok('signature' in receipt && 'plays' in receipt)
    assert.doesNotMatch(await kept(page), new RegExp(String(said['viewer'])))
  })

  test('in private mode nothing is sent, and the list is the device’s own', async (t) => {
    const page = await visit(t, { mode: 'private' })
    const from = instance.asked.length
    await open(page, 0)
    await page.evaluate('watchPage.watch()')
    const list = await ownList(page)
    await page.locator('.mirrorwise-why').first().click()
    assert.match(
      await page.locator('.mirrorwise-dialog[open]').innerText(),
      /People who watched “Video 0” watched this too/,
    )
    const asked = instance.asked.slice(from)
    assert.ok(
      asked.every(({ line, preferences }) => line.startsWith('GET') && preferences === undefined),
    )
    // Only requests for thumbnails name videos, and more videos than are shown.
    const names = asked.filter(({ line }) => VIDEOS.some(({ uuid }) => line.includes(uuid)))
    assert.ok(names.every(({ line }) => line.startsWith('GET /thumbnails/')))
    assert.ok(new Set(names.map(({ line }) => line)).size > list.length)
    assert.match(await kept(page), new RegExp(video(0).uuid))
  })

  test('lists are filled, too, where PeerTube requests by fetch', async (t) => {
    const shared = await visit(t, {}, true)
    const from = instance.asked.length
    await open(shared, 0)
    await shared.locator('.mirrorwise-why').first().waitFor()
    assert.ok(
      instance.asked.slice(from).some(({ preferences }) => preferences?.includes('surprise')),
    )
    const own = await visit(t, { mode: 'private' }, true)
    await open(own, 0)
    await own.evaluate('watchPage.watch()')
    await ownList(own)
  })

  test('PeerTube’s own list is left alone when the service is silent', async (t) => {
    wire.condition = 'silent'
    const page = await visit(t)
    const list = await open(page, 4)
    wire.condition = 'whole'
    await instance.set({})
    assert.deepEqual(list, BY_PEERTUBE.filter((name) => name !== 'Video 4').concat('Video 0'))
  })
})

test('the uuid of a video is read from addresses of PeerTube’s pages', () => {
  const uuid = 'ca027ea9-7dda-4e39-b3aa-37e02cfb8617'
  assert.equal(readUuid('qWP4CyPJERhjAWeipYaBZZ'), uuid)
  assert.equal(readUuid(uuid), uuid)
  for (const none of ['', '42', 'ZZZZZZZZZZZZZZZZZZZZZZ', 'qWP4CyPJERhjAWeipYaBZ0']) {
    assert.equal(readUuid(none), null)
  }
})

/** Waits until the service knows all videos; then five viewers watch the same three. */
async function learn(): Promise<void> {
  await until(async () => (await known()) === VIDEOS.length)
  const viewers = ['a', 'b', 'c', 'd', 'e']
  for (const viewer of viewers) {
    await post(instance, 'events', { events: TOGETHER.map((number) => event(viewer, number)) })
  }
  await until(() => instance.plugin.recommendations.outbox.waiting === 0)
}

const known = (): Promise<number> => recommended(service)

/** The fields of the last request for a list to the service. */
function askedOfService(): URLSearchParams {
  const body = wire.bodies.get('POST /api/v1/recommendations/videos') ?? '{}'
  return new URLSearchParams(JSON.parse(body) as Record<string, string>)
}

async function asPeerTube(
  referer = `/w/${video(0).shortUUID}`,
  more = '',
  headers: Record<string, string> = {},
): Promise<string[]> {
  const asked = 'start=0&count=6&sort=-publishedAt&searchTarget=local&nsfw=false&tagsOneOf=bread'
  const answer = await fetch(`${instance.origin}/api/v1/search/videos?${asked}${more}`, {
    headers: { Referer: instance.origin + referer, ...headers },
  })
  return ((await answer.json()) as { data: { name: string }[] }).data.map(({ name }) => name)
}

const visit = (t: Ends, chosen: object = {}, asksByFetch = false): Promise<Page> =>
  visiting(site, t, chosen, asksByFetch)

async function open(page: Page, number: number, searches = true): Promise<string[]> {
  await instance.set({})
  return opened(page, inPeerTubesForm(video(number)), searches)
}

/** Stores an event that waits, as after a failure to send it. */
const leaveUnsent = (page: Page, waits: object) =>
  page.evaluate(
    `localStorage.setItem('${KEPT}', JSON.stringify({
      ...JSON.parse(localStorage.getItem('${KEPT}')), unsent: [${JSON.stringify(waits)}] }))`,
  )

const kept = (page: Page) => page.evaluate<string>(`localStorage.getItem('${KEPT}')`)

/** Retries: on a busy machine the service may miss its 150 ms, and the list is PeerTube's. */
async function inTime(list: () => Promise<string[]>): Promise<string[]> {
  let found: string[] = []
  await until(async () => {
    await instance.set({})
    found = await list()
    return WATCHED_TOGETHER.test(found[0] ?? '')
  })
  return found
}

/** The list made on the device. Retries: on a busy machine it may miss its 500 ms. */
async function ownList(page: Page): Promise<string[]> {
  let found: string[] = []
  await until(async () => {
    found = await open(page, 2)
    return found.slice(0, 2).sort().join() === 'Video 7,Video 9'
  })
  return found
}
