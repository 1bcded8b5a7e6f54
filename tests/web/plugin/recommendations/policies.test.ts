/** Where lists lead: never in a circle, and within the policy of a video. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { policyOf, POLICIES, type Policy } from '../../../../web/plugin/shared/policy.ts'
import { startClock } from '../../clock.ts'
import { until } from '../../until.ts'
import type { Service, Wire } from '../server/service.ts'
import type { Instance } from './instance.ts'
import { recommended, startSite, stopSite, type Site } from './site.ts'
import { inPeerTubesForm, isLocal, publishUpTo, video, VIDEOS } from './videos.ts'
import { opened, visiting, watchPage } from './visiting.ts'

const STEPS = 50

startClock()
publishUpTo(60)

let site: Site
let instance: Instance
let service: Service
let wire: Wire

before(async () => {
  site = await startSite(await watchPage())
  ;({ instance, service, wire } = site)
  await until(async () => (await recommended(service)) === VIDEOS.length)
})

after(() => stopSite(site))

describe(`${STEPS} times “next” are ${STEPS} videos`, () => {
  for (const [who, chosen, condition, searches] of [
    ['without an account', {}, 'whole', true],
    ['in private mode', { mode: 'private' }, 'whole', true],
    ['with the service down', {}, 'cut', true],
    ['in private mode with the service down', { mode: 'private' }, 'cut', true],
    ['where the instance does not search', {}, 'cut', false],
  ] as const) {
    test(who, async (t) => {
      await instance.set({})
      wire.condition = condition
      t.after(() => (wire.condition = 'whole'))
      const page = await visiting(site, t, chosen)
      const played = [VIDEOS.length - 1]
      for (let step = 0; step < STEPS; step += 1) {
        const playing = inPeerTubesForm(video(played.at(-1) ?? 0))
        const [next = ''] = await opened(page, playing, searches)
        played.push(VIDEOS.findIndex(({ name }) => name === next))
      }
      assert.equal(new Set(played).size, STEPS + 1, played.join(' '))
    })
  }

  test('and when all have been played, the one that was longest ago comes first', async (t) => {
    const page = await visiting(site, t, {})
    const all = JSON.stringify(VIDEOS.map(({ uuid }) => uuid))
    await page.evaluate(`sessionStorage.setItem('mirrorwise-played', '${all}')`)
    assert.equal((await opened(page, inPeerTubesForm(video(9))))[0], 'Video 0')
  })
})

test('where nothing is recommended a list is left alone, even while the settings are slow', async (t) => {
  await instance.set({ recommendations: false })
  instance.settingsWait_ms = 1500
  t.after(() => {
    instance.settingsWait_ms = 0
    return instance.set({ recommendations: true })
  })
  const page = await visiting(site, t, {})
  const newest = VIDEOS.length - 1
  for (const number of [newest, newest - 2, newest - 4]) {
    const from = instance.asked.length
    const found = await opened(page, inPeerTubesForm(video(number)))
    const own = [0, 2, 4, 6, 8, 10].map((less) => `Video ${newest - less}`)
    assert.deepEqual(found, own.filter((name) => name !== `Video ${number}`).slice(0, 5))
    const asked = instance.asked.slice(from).map(({ line }) => line)
    assert.ok(!asked.some((line) => line.includes('count=100')), asked.join())
  }
  assert.equal(await page.evaluate("sessionStorage.getItem('mirrorwise-played')"), null)
})

describe('a list keeps to the policy', () => {
  const fits: Record<Policy, (number: number) => boolean> = {
    any: () => true,
    instance: isLocal,
    owner: (number) => number % 3 === 1,
    channel: (number) => number % 3 === 1,
  }
  for (const policy of POLICIES) {
    for (const condition of ['whole', 'cut'] as const) {
      test(`“${policy}” of the administrator, with the service ${condition}`, async (t) => {
        await instance.set({ 'recommendation-policy': policy })
        wire.condition = condition
        t.after(() => (wire.condition = 'whole'))
        for (const [chosen, searches] of [
          [{}, true],
          [{}, false],
          [{ mode: 'private' }, true],
        ] as const) {
          const page = await visiting(site, t, chosen)
          const found = await opened(page, inPeerTubesForm(video(1)), searches)
          assert.equal(found.length, 5)
          assert.ok(
            found.every((name) => fits[policy](numberOf(name))),
            found.join(),
          )
        }
      })
    }
  }

  test('of the video that plays, where PeerTube knows one', async (t) => {
    await instance.set({ 'recommendation-policy': 'any' })
    const own = { ...inPeerTubesForm(video(4)), recommendationPolicy: { id: 4, label: 'x' } }
    const page = await visiting(site, t, {})
    const found = await opened(page, own)
    assert.ok(found.length > 0 && found.every((name) => numberOf(name) % 3 === 1), found.join())
    const body = wire.bodies.get('POST /api/v1/recommendations/videos') ?? ''
    assert.match(body, /"strategy":"same-channel"/)
  })

  test('and a channel without other videos has an empty list', async (t) => {
    const alone = inPeerTubesForm(video(2))
    alone.channel = { ...alone.channel, name: 'alone' }
    await instance.set({ 'recommendation-policy': 'channel' })
    wire.condition = 'cut'
    t.after(() => (wire.condition = 'whole'))
    const page = await visiting(site, t, {})
    assert.deepEqual(await opened(page, alone), [])
  })
})

test('a video’s own policy is read in whatever form PeerTube may give it', () => {
  assert.equal(policyOf({ recommendationPolicy: 2 }), 'instance')
  assert.equal(policyOf({ recommendationPolicy: { id: 3 } }), 'owner')
  for (const said of [undefined, null, 0, 5, 'channel', {}, { id: 'x' }, 1.5]) {
    assert.equal(policyOf({ recommendationPolicy: said }), null)
  }
})

const numberOf = (name: string) => Number(/\d+$/.exec(name)?.[0])
