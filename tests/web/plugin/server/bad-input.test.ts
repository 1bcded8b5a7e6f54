/** Invalid requests to the router, rate limits, and a database that does not answer. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, mock, test } from 'node:test'
import { NOW } from '../../clock.ts'
import { PeerTube } from './peertube.ts'
import { aReport, ask, health, MIRROR, post, query, report } from './reporting.ts'

// The clock stands still, because the tests' early and late days are computed beforehand.
mock.timers.enable({ apis: ['Date'], now: NOW })

let peertube: PeerTube
before(async () => (peertube = await PeerTube.start({ query: query(MIRROR) })))
after(() => peertube.stop())

/** Every request has an address of its own, so that no rate limit is reached. */
let address = 0
beforeEach(() => (address += 1))
const elsewhere = () => ({ 'X-Forwarded-For': `198.51.100.${(address += 1) % 256}` })
const send = (body: unknown) => post(peertube, 'reports', body, elsewhere())

describe('invalid reports change nothing', () => {
  after(async () => {
    const { reports, waiting, dropped } = await health(peertube)
    assert.deepEqual([reports, waiting, dropped], [0, 0, 0])
    assert.deepEqual(peertube.thrown, [])
  })

  const day = (offset: number) =>
    new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10)
  const one = (more: Record<string, unknown>) => ({ reports: [aReport(), aReport(more)] })
  const deep = JSON.parse('['.repeat(500) + ']'.repeat(500)) as unknown
  const cases: [body: unknown, field: string][] = [
    [{}, 'reports'],
    [[], 'reports'],
    [{ reports: null }, 'reports'],
    [{ reports: {} }, 'reports'],
    [{ reports: [] }, 'reports'],
    [{ reports: Array.from({ length: 17 }, () => aReport()) }, 'reports'],
    [{ reports: [null] }, 'reports[0]'],
    [{ reports: [aReport(), 'report'] }, 'reports[1]'],
    [{ reports: [deep] }, 'reports[0]'],
    [one({ video: 'a-uuid' }), 'reports[1].video'],
    ['{"reports":[{"__proto__":{"day":"2026-01-01"}}]}', 'reports[0].__proto__'],
    [{ reports: [{ constructor: 1 }] }, 'reports[0].constructor'],
    [one({ ['x'.repeat(1000)]: 1 }), `reports[1].${'x'.repeat(40)}`],
    [one({ day: day(-2) }), 'reports[1].day'],
    [one({ day: day(2) }), 'reports[1].day'],
    [one({ day: 20260514 }), 'reports[1].day'],
    [one({ day: [day(0)] }), 'reports[1].day'],
    [one({ host: 'https://unknown.example' }), 'reports[1].host'],
    [one({ host: `${MIRROR}/` }), 'reports[1].host'],
    [one({ host: MIRROR.toUpperCase() }), 'reports[1].host'],
    [one({ host: 'javascript:alert(1)' }), 'reports[1].host'],
    [one({ host: `https://${'a'.repeat(400)}.example` }), 'reports[1].host'],
    [one({ host: null }), 'reports[1].host'],
    [one({ epsilon: 1 }), 'reports[1].epsilon'],
    [one({ epsilon: '2' }), 'reports[1].epsilon'],
    [one({ epsilon: [2] }), 'reports[1].epsilon'],
    [one({ connection: 4 }), 'reports[1].connection'],
    [one({ zone: -1 }), 'reports[1].zone'],
    [one({ hours: 1.5 }), 'reports[1].hours'],
    [one({ control: true }), 'reports[1].control'],
    [one({ control: '0' }), 'reports[1].control'],
    [one({ ttfb: 8 }), 'reports[1].ttfb'],
    [one({ ttfb: null }), 'reports[1]'],
    [one({ rate: 3 }), 'reports[1]'],
    [one({ ttfb: undefined, error: 2 }), 'reports[1].error'],
    [{ reports: [aReport()], padding: 'x'.repeat(17_000) }, 'body'],
  ]
  for (const [body, field] of cases) {
    const shown = (typeof body === 'string' ? body : JSON.stringify(body)).slice(0, 60)
    test(`${field}: ${shown}`, async () => {
      const { status, said } = await send(body)
      assert.equal(status, field === 'body' ? 413 : 400)
      assert.equal(said['field'], field)
      assert.equal(typeof said['reason'], 'string')
      assert.ok(JSON.stringify(said).length < 300)
    })
  }

  test('a body that is not JSON is refused before it reaches the plugin', async () => {
    for (const body of ['{', 'null', '"reports"', '']) {
      const { status } = await send(body)
      assert.ok(status >= 400 && status < 500, `${body}: ${status}`)
    }
  })

  test('a form is no report', async () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', ...elsewhere() }
    const { status } = await post(peertube, 'reports', 'reports=1', headers)
    assert.equal(status, 400)
  })
})

test('a report of a host that is new in PeerTube’s database is accepted', async (t) => {
  const fresh = await PeerTube.during(t, { query: query() })
  assert.equal((await report(fresh, aReport({ host: fresh.origin }))).status, 202)
  assert.equal((await report(fresh, aReport())).status, 400)
})

test('while the database fails, no report is accepted, and PeerTube sees no error', async (t) => {
  const query = () => Promise.reject(new Error('the database is away'))
  const fresh = await PeerTube.during(t, { query })
  const { status, said } = await report(fresh, aReport())
  assert.deepEqual([status, said['field']], [500, 'plugin'])
  assert.doesNotMatch(JSON.stringify(said), /database/)
  assert.equal((await health(fresh))['mirrors'], null)
  assert.deepEqual(fresh.thrown, [])
})

test('known hosts stay known while the database fails', async (t) => {
  const fresh = await PeerTube.during(t, { query: query(MIRROR) })
  await report(fresh, aReport())
  fresh.query = () => Promise.reject(new Error('the database is away'))
  const anHourLater = performance.now() + 3_600_000
  t.mock.method(performance, 'now', () => anHourLater)
  assert.equal((await report(fresh, aReport())).status, 202)
})

test('an address that reaches the rate limit is refused, and no other address', async () => {
  const from = (address: string) =>
    post(peertube, 'failures', { engine: 1 }, { 'X-Forwarded-For': address })
  const statuses = []
  for (let i = 0; i < 61; i++) statuses.push((await from(`2001:db8:0:1::${i}`)).status)
  assert.deepEqual(new Set(statuses.slice(0, 60)), new Set([202]))
  assert.equal(statuses[60], 429)
  assert.equal((await from('2001:db8:0:2::1')).status, 202)
})

test('engine failures are counted, a few at a time', async () => {
  const before = (await health(peertube))['engineFailures'] as number
  assert.equal((await post(peertube, 'failures', { engine: 3 }, elsewhere())).status, 202)
  for (const engine of [0, -1, 17, 1.5, '1', null, undefined, [1]]) {
    const { status, said } = await post(peertube, 'failures', { engine }, elsewhere())
    assert.deepEqual([status, said['field']], [400, 'engine'])
  }
  assert.equal((await health(peertube))['engineFailures'], before + 3)
})

test('a request for priors needs valid hosts, connection, zone and hours', async () => {
  const whole = `hosts=${MIRROR}&connection=2&zone=4&hours=3`
  for (const [path, field] of [
    ['', 'hosts'],
    [whole.replace(MIRROR, ''), 'hosts'],
    [
      whole.replace(MIRROR, Array.from({ length: 34 }, (_, i) => `https://${i}.example`).join()),
      'hosts',
    ],
    [`${whole}&hosts=${MIRROR}`, 'hosts'],
    [whole.replace('connection=2', 'connection=4'), 'connection'],
    [whole.replace('zone=4', 'zone='), 'zone'],
    [whole.replace('hours=3', 'hours=x'), 'hours'],
    [whole.replace('hours=3', 'hours[a]=3'), 'hours'],
  ] as const) {
    const { status, said } = await ask(peertube, `priors?${path}`)
    assert.deepEqual([status, said['field']], [400, field], path)
  }
})

test('everything but the engine and the status is off when the administrator switches it off', async () => {
  await peertube.set({ enabled: false })
  for (const [status, said] of [
    await report(peertube, aReport()),
    await ask(peertube, 'priors?hosts=a&connection=0&zone=0&hours=0'),
    await post(peertube, 'failures', { engine: 1 }),
  ].map(({ status, said }) => [status, said['field']])) {
    assert.deepEqual([status, said], [403, 'enabled'])
  }
  await peertube.set({ reports: false })
  const { status, said } = await report(peertube, aReport())
  assert.deepEqual([status, said['field']], [403, 'reports'])
  await peertube.set({})
  assert.deepEqual(peertube.thrown, [])
})
