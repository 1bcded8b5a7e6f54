/** Reports and priors between the built plugin and the real service, over a faulty connection. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ANSWERS, FACTS } from '../../../../web/plugin/server/report-validation.ts'
import { startClock } from '../../clock.ts'
import { until } from '../../until.ts'
import { PeerTube } from './peertube.ts'
import { aReport, ask, health, MIRROR, query, report } from './reporting.ts'
import { Service, Wire } from './service.ts'

startClock()
const STRANGER = 'https://unwanted.example'
const OTHER = 'https://other.example'

let service: Service
let wire: Wire
let peertube: PeerTube
/** Reports that must be counted, over all tests. */
let passed = 0

const settings = (more: Record<string, string | boolean> = {}) => ({
  'service-url': wire.url,
  'service-secret': service.secret,
  ...more,
})

before(async () => {
  service = new Service({ MIRRORWISE_HOSTS: `${MIRROR},${OTHER}` })
  wire = new Wire(service)
  await Promise.all([service.start(), wire.start()])
  peertube = await PeerTube.start({ settings: settings(), query: query(MIRROR, OTHER, STRANGER) })
})
after(async () => {
  await peertube.stop()
  wire.stop()
  await service.stop()
  service.forget()
})

async function send(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    assert.equal((await report(peertube, aReport())).status, 202)
  }
  passed += count
}

/** Waits until the plugin has failed at least once more. */
async function anotherTry(): Promise<void> {
  const tries = wire.asked.length
  await until(() => wire.asked.length > tries + 1)
}

/** Waits until the plugin's outbox is empty. */
async function delivered(): Promise<void> {
  wire.condition = 'whole'
  await until(() => peertube.plugin.outbox.waiting === 0)
}

describe('reports', () => {
  test('reach the service', async () => {
    await send(3)
    await delivered()
  })

  test('are counted once if the answer to their batch is lost', async () => {
    wire.condition = 'deaf'
    await send(2)
    await anotherTry()
    await send(1)
    await delivered()
  })

  test('wait while the service is down, and are counted once when it is back', async () => {
    wire.condition = 'deaf'
    await send(2)
    await anotherTry()
    await service.stop()
    await send(2)
    assert.equal((await health(peertube))['waiting'], 4)
    assert.equal((await health(peertube))['service'], 'silent')
    await service.start()
    await delivered()
    const { service: state, waiting, dropped } = await health(peertube)
    assert.deepEqual([state, waiting, dropped], ['ready', 0, 0])
  })

  test('wait for the right secret', async () => {
    await peertube.set(settings({ 'service-secret': 'x'.repeat(30) }))
    await send(1)
    await anotherTry()
    const { service: state, waiting } = await health(peertube)
    assert.deepEqual([state, waiting], ['wrong-secret', 1])
    await peertube.set(settings())
    await delivered()
  })

  test('are delivered although the service refuses one report of their batch', async () => {
    const { status } = await report(peertube, aReport({ host: STRANGER }))
    assert.equal(status, 202)
    await send(4)
    await delivered()
    assert.equal((await health(peertube))['dropped'], 1)
  })

  test('may have the ε that the administrator has set, and no other', async () => {
    await peertube.set(settings({ epsilon: '1,5' }))
    assert.equal((await report(peertube, aReport())).status, 400)
    assert.equal((await report(peertube, aReport({ epsilon: 1.5 }))).status, 202)
    passed += 1
    await delivered()
    await peertube.set(settings())
  })

  test('of one address outvote nobody', async () => {
    await peertube.set(settings({ 'reports-per-address': '3' }))
    const lies = Array.from({ length: 8 }, () => aReport({ host: OTHER, ttfb: 7 }))
    const { status, said } = await report(peertube, ...lies)
    assert.deepEqual([status, said['accepted']], [202, 3])
    assert.equal((await report(peertube, aReport({ host: OTHER }))).said['accepted'], 0)
    const forged = await report(peertube, { ...aReport({ host: OTHER }), from: 'a'.repeat(11) })
    assert.equal(forged.status, 400, 'where it is from is not for the sender to say')
    passed += 3
    await delivered()
    await peertube.set(settings())
  })

  test('that were made under earlier settings are passed on with those settings', async () => {
    wire.condition = 'cut'
    await send(1)
    await peertube.set(settings({ epsilon: '4' }))
    await report(peertube, aReport({ epsilon: 4 }))
    passed += 1
    await delivered()
    await peertube.set(settings())
  })
})

describe('priors', () => {
  const CONTEXT = 'connection=2&zone=4&hours=3'
  const priors = (hosts = MIRROR) => ask(peertube, `priors?hosts=${hosts}&${CONTEXT}`)
  const TERMS = { epsilon: 2, hosts: 1, control: 0.05 }
  const NOTHING = { priors: {}, shares: {}, served: {}, terms: TERMS }

  test('are empty, and do not keep a page waiting, while the service does not answer', async () => {
    for (const condition of ['silent', 'cut'] as const) {
      wire.condition = condition
      await peertube.set(settings())
      assert.deepEqual(await priors(), { status: 200, said: NOTHING })
    }
    wire.condition = 'whole'
    const asked = wire.asked.length
    assert.deepEqual((await priors()).said, NOTHING)
    assert.equal(wire.asked.length, asked, 'nobody waits again for a while')
  })

  test('are the service’s own, with the plugin’s terms', async (t) => {
    const fresh = await PeerTube.during(t, {
      settings: settings({ 'control-percent': '20' }),
      query: query(MIRROR),
    })
    const path = `priors?hosts=${MIRROR},https://unknown.example&${CONTEXT}`
    let { said } = await ask(fresh, path)
    // On a busy machine the service may answer too late; then the plugin does not ask for a while.
    await until(async () => {
      if (MIRROR in (said['shares'] as object)) return true
      fresh.plugin.service.tryAgain()
      said = (await ask(fresh, path)).said
      return false
    })
    assert.deepEqual(said['shares'], { [MIRROR]: 1 })
    assert.deepEqual(said['terms'], { ...TERMS, control: 0.2 })
    const asked = wire.asked.length
    assert.match(
      wire.asked.at(-1) ?? '',
      /connection=2&zone=4&hours=3&hosts=https%3A%2F%2Fmirror\.example$/,
    )
    await ask(fresh, path)
    assert.equal(wire.asked.length, asked, 'kept for a while')
  })
})

test('the plugin and the service agree on which reports are valid', async () => {
  const document = await (await fetch(`${service.url}/openapi.json`)).text()
  for (const [name, [minimum, maximum]] of Object.entries({ ...FACTS, ...ANSWERS })) {
    const field = new RegExp(`"${name}":\\{[^}]*"maximum":${maximum},"minimum":${minimum}[,}]`)
    assert.match(document, field)
  }
})

test('every accepted report is in the operator’s report once', async () => {
  // One more request might be one too many for the service's rate limit.
  let counted = 0
  await until(async () => (counted = await service.counted()) >= passed)
  assert.equal(counted, passed)
})

test('no error has reached PeerTube’s own error handler', () => {
  assert.deepEqual(peertube.thrown, [])
})
