/** Daily reports, from the real engine to a real HTTP server; the browser's parts are stubs. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { setMaxListeners } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, afterEach, before, beforeEach, describe, mock, test } from 'node:test'
import { ROOT } from '../../../../web/build/layout.ts'
import type { WorkerPort } from '../../../../web/plugin/client/planner/engine.ts'
import { PagePlanner } from '../../../../web/plugin/client/planner/planner.ts'
import { bodyOf, coin, contextAt, Reporter } from '../../../../web/plugin/client/reports.ts'
import type { Line, Outcome, Terms } from '../../../../web/plugin/messages.ts'
import { NOW } from '../../clock.ts'
import { until } from '../../until.ts'
import { becomes, pythonEngine } from './planner/python-engine.ts'

const TERMS: Terms = { epsilon: 2, hosts: 1, control: 0.5 }
const DAY_S = 86_400
/** Longer than any test takes: pages here are idle only where a test says so. */
const NEVER_MS = 2 ** 30
const nothing = {
  read: () => null,
  write: () => undefined,
  forget: () => undefined,
}

/** A stand-in for localStorage, shared by two tabs. */
class Shelf {
  records = new Map<string, unknown>()

  get(name: string): unknown {
    return structuredClone(this.records.get(name))
  }

  put(name: string, record: unknown): boolean {
    this.records.set(name, structuredClone(record))
    return true
  }

  remove(...names: string[]): boolean {
    names.forEach((name) => this.records.delete(name))
    return true
  }
}

/** A stand-in for `navigator.locks`, shared by two tabs. */
class Locks {
  #last: Promise<unknown> = Promise.resolve()

  request<T>(_: string, work: () => T | Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => undefined)
    return turn
  }
}

const locks = new Locks()
const page = Object.assign(new EventTarget(), { visibilityState: 'visible' })
let server: Server
let router: string
let bodies: string[]
let status: number
let shelf: Shelf
let engines: WorkerPort[]
let tabs: Tab[]

before(async () => {
  const navigator = { locks, connection: { type: 'wifi' } }
  Object.assign(globalThis, { navigator, document: page })
  setMaxListeners(0, page)
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      bodies.push(body)
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  router = `http://127.0.0.1:${(server.address() as AddressInfo).port}/router/`
})
after(() => server.close())
beforeEach(() => {
  mock.method(console, 'warn', () => undefined)
  // The clock stands still, so that no day ends during a test.
  mock.timers.enable({ apis: ['Date'], now: NOW })
  tabs = []
  shelf = new Shelf()
  engines = []
  bodies = []
  status = 202
})
afterEach(() => {
  for (const { reporter } of tabs) reporter.stop()
  for (const engine of engines) engine.terminate()
  mock.timers.reset()
  mock.restoreAll()
})

interface Tab {
  planner: PagePlanner
  reporter: Reporter
  /** Observes fetches of a video's segments, and makes the page write its memory. */
  view: (fetches: number, isPublic?: boolean) => Promise<void>
}

async function visit(terms = TERMS, idle_ms = NEVER_MS): Promise<Tab> {
  const planner = new PagePlanner(nothing, () => {
    const engine = pythonEngine()
    engines.push(engine)
    return engine
  })
  const reporter = new Reporter(planner, router, shelf, idle_ms)
  reporter.start(terms)
  planner.start()
  await becomes(planner, 'ready')
  const view: Tab['view'] = async (fetches, isPublic = true) => {
    for (let i = 0; i < fetches; i++) planner.observe(fetched(Date.now() / 1000), isPublic)
    await planner.remember()
    await settled()
  }
  const tab = { planner, reporter, view }
  tabs.push(tab)
  return tab
}

/**
 * Waits until the tabs have finished their work: an engine answers in order, and a tab holds the
 * lock until its reports are sent.
 */
async function settled(): Promise<void> {
  for (let step = 0; step < 3; step++) {
    await Promise.all(tabs.map(({ planner }) => planner.ask('diary', {})))
    await locks.request('of the test', () => undefined)
    await new Promise(setImmediate)
  }
}

const fetched = (now_s: number): Outcome => ({
  ...{ plan: 0, host: 'https://a.example', now_s, kind: 'ok', status: 206 },
  ...{ ttfb_s: 0.05, total_s: 0.5, bytes: 1e6, cold: false, overlapped: false },
})

async function arrived(count: number): Promise<void> {
  await settled()
  assert.equal(bodies.length, count)
}

async function hide(): Promise<void> {
  page.visibilityState = 'hidden'
  page.dispatchEvent(new Event('visibilitychange'))
  page.visibilityState = 'visible'
  await settled()
}

test('the coin for the control group falls as in Python', async () => {
  const days = ['2026-05-14', '2026-05-15', '2031-12-31']
  const secrets = ['0'.repeat(32), '5f'.repeat(16)]
  const here = await Promise.all(
    secrets.flatMap((secret) => days.map((day) => coin(secret, 'control', day))),
  )
  const program =
    'from selector.telemetry.noise import coin\n' +
    `print([coin(s, "control", d) for s in ${JSON.stringify(secrets)} for d in ${JSON.stringify(days)}])`
  const there = execFileSync('python3', ['-c', program], { cwd: ROOT, encoding: 'utf8' })
  assert.deepEqual(here, JSON.parse(there))
})

test('a day is reported once, with exactly the bytes that the preview shows', async () => {
  const { reporter, view } = await visit()
  await view(12)
  const shown = await reporter.preview()
  assert.equal(shown.length, 1)
  assert.equal(bodies.length, 0)
  await view(18)
  await arrived(1)
  assert.equal(bodies[0], bodyOf(await reporter.preview()))
  assert.deepEqual(Object.keys(shown[0]?.truth ?? {}), ['ttfb', 'rate', 'error', 'missing'])
  await reporter.tell()
  await view(30)
  const { view: viewLater } = await visit()
  await viewLater(60)
  await arrived(1)
})

test('a report’s control bit is the one that the page had before playback', async () => {
  const { reporter, view } = await visit()
  const inControl = await reporter.inControl(TERMS)
  await view(30)
  await arrived(1)
  const { reports } = JSON.parse(bodies[0] ?? '') as { reports: Line['report'][] }
  assert.equal(reports[0]?.control, Number(inControl))
  assert.deepEqual(contextAt(Date.now() / 1000), {
    connection: 2,
    zone: reports[0].zone,
    hours: reports[0].hours,
  })
})

test('a short visit is reported when the page is hidden', async () => {
  const { view } = await visit()
  await view(9)
  await hide()
  assert.equal(bodies.length, 0, 'too little to call it a day')
  await view(1)
  await hide()
  await arrived(1)
})

test('short visits of one day add up', async () => {
  const first = await visit()
  await first.view(6)
  await hide()
  const second = await visit()
  await second.view(3)
  await hide()
  assert.equal(bodies.length, 0, 'too little to call it a day')
  await second.view(1)
  await hide()
  await arrived(1)
})

test('an engine that has rested in between counts nothing twice', async () => {
  const { planner, view } = await visit()
  await view(6)
  await planner.rest()
  planner.start()
  await becomes(planner, 'ready')
  await view(3)
  await hide()
  assert.equal(bodies.length, 0, 'too little to call it a day')
  await view(1)
  await hide()
  await arrived(1)
})

test('a visit that was closed before its report had left is reported at the next one', async () => {
  await (await visit()).view(12)
  await arrived(0)
  await visit()
  await arrived(1)
  await visit()
  await arrived(1)
})

test('a video that has been fetched is reported while its page is still open', async () => {
  const { view } = await visit(TERMS, 1)
  await view(9)
  await arrived(0)
  await view(1)
  await until(() => bodies.length === 1)
})

test('a day that ended without a report is reported at the next visit, once', async () => {
  const { view } = await visit()
  await view(5)
  const kept = shelf.records.get('diary') as { saved_s: number; diary: { day: string } }
  const yesterday_s = Date.now() / 1000 - DAY_S
  const day = new Date(yesterday_s * 1000).toISOString().slice(0, 10)
  shelf.records.set('diary', { saved_s: yesterday_s, diary: { ...kept.diary, day } })
  await visit()
  await arrived(1)
  assert.match(bodies[0] ?? '', new RegExp(`"day":"${day}"`))
  await visit()
  await arrived(1)
})

describe('a page that stays open over midnight', () => {
  const days = (): (string | undefined)[] =>
    bodies.map((body) => (JSON.parse(body) as { reports: Line['report'][] }).reports[0]?.day)
  const dayAfter = (count: number): string =>
    new Date(NOW.getTime() + count * DAY_S * 1000).toISOString().slice(0, 10)
  const midnight = (): void => mock.timers.setTime(NOW.getTime() + DAY_S * 1000)

  test('reports each day from its own outcomes', async () => {
    const { view } = await visit()
    await view(30)
    await arrived(1)
    midnight()
    await view(1)
    await hide()
    await view(8)
    await hide()
    await arrived(1)
    await view(1)
    await hide()
    await arrived(2)
    assert.deepEqual(days(), [dayAfter(0), dayAfter(1)])
  })

  test('reports a day that ended with little once the next one begins', async () => {
    const { view } = await visit()
    await view(9)
    midnight()
    await view(2)
    await hide()
    await arrived(1)
    await view(8)
    await hide()
    await arrived(2)
    assert.deepEqual(days(), [dayAfter(0), dayAfter(1)])
  })

  test('reports what earlier visits of the ended day have seen', async () => {
    await (await visit()).view(9)
    const { view } = await visit()
    midnight()
    await view(2)
    await arrived(1)
    assert.deepEqual(days(), [dayAfter(0)])
  })

  test('counts for the day of the fetch, not of the save', async () => {
    const first = await visit()
    const second = await visit()
    for (let i = 0; i < 12; i++) first.planner.observe(fetched(Date.now() / 1000), true)
    midnight()
    await first.view(0)
    await hide()
    await arrived(1)
    await second.view(9)
    await hide()
    await arrived(1)
    assert.deepEqual(days(), [dayAfter(0)])
  })

  test('tells nothing of the ended day that the viewer has forgotten since', async () => {
    const { reporter, view } = await visit()
    await view(9)
    midnight()
    await reporter.forget()
    await view(2)
    await hide()
    await arrived(0)
  })
})

test('a report that could not be sent is sent again at the next visit, unchanged', async () => {
  for (const failure of [503, 429]) {
    bodies = []
    shelf = new Shelf()
    status = failure
    const { view } = await visit()
    await view(30)
    await arrived(1)
    status = 202
    await visit()
    await arrived(2)
    assert.equal(bodies[1], bodies[0])
    await visit()
    await arrived(2)
  }
})

test('a report that the instance refuses is not sent again', async () => {
  status = 400
  await (await visit()).view(30)
  await arrived(1)
  await visit()
  await arrived(1)
})

test('a report on terms that have changed is not sent', async () => {
  status = 503
  await (await visit()).view(30)
  await arrived(1)
  await visit({ ...TERMS, epsilon: 1 })
  await arrived(1)
})

test('two tabs report a day once, and show the same preview', async () => {
  const both = await Promise.all([visit(), visit()])
  await Promise.all(both.map(({ view }) => view(30)))
  await arrived(1)
  const [one, other] = await Promise.all(both.map(({ reporter }) => reporter.preview()))
  assert.deepEqual(one, other)
})

test('nothing is reported or stored of videos that are not public', async () => {
  const { reporter, view } = await visit()
  await view(60, false)
  await hide()
  assert.deepEqual(await reporter.preview(), [])
  assert.doesNotMatch(JSON.stringify([...shelf.records]), /a\.example/)
  assert.equal(bodies.length, 0)
})

test('without storage nothing is reported, and the viewer is not in the control group', async () => {
  shelf.get = () => undefined
  shelf.put = () => false
  const { reporter, view } = await visit()
  await view(60)
  await hide()
  assert.deepEqual(await reporter.preview(), [])
  assert.equal(await reporter.inControl({ ...TERMS, control: 1 }), false)
  assert.equal(bodies.length, 0)
})

test('a forgotten diary is gone, and a reported day is not reported again', async () => {
  const { reporter, view } = await visit()
  await view(30)
  await arrived(1)
  const before = shelf.records.get('secret')
  await reporter.forget()
  assert.doesNotMatch(JSON.stringify([...shelf.records]), /a\.example/)
  assert.notEqual(shelf.records.get('secret'), before)
  await view(30)
  await hide()
  await visit()
  await arrived(1)
})

test('damaged records cost a new start, and nothing else', async () => {
  shelf.records = new Map<string, unknown>([
    ['secret', 'short'],
    ['diary', { saved_s: 1, diary: { format: 'of tomorrow' } }],
    ['told', [{ day: 7 }, null]],
  ])
  await (await visit()).view(30)
  await arrived(1)
})

test('what a diary that cannot be used had counted does not count', async () => {
  const saved_s = Date.now() / 1000
  shelf.records.set('diary', { saved_s, observed: 29, diary: { format: 'of tomorrow' } })
  const { view } = await visit()
  await view(9)
  await hide()
  await arrived(0)
  await view(1)
  await hide()
  await arrived(1)
})

test('once the viewer has turned us off nothing is sent, and what waits is dropped', async () => {
  status = 503
  const { reporter, view } = await visit()
  await view(30)
  await arrived(1)
  await settled()
  status = 202
  reporter.stop()
  await view(30)
  await hide()
  await settled()
  assert.equal(bodies.length, 1)
  assert.doesNotMatch(JSON.stringify(shelf.records.get('told')), /a\.example/)
})

test('a report that is on its way when the viewer forgets is not stored or sent again', async () => {
  status = 503
  const { reporter, view } = await visit()
  await view(30)
  await arrived(1)
  const telling = reporter.tell()
  await reporter.forget()
  await telling
  assert.doesNotMatch(JSON.stringify([...shelf.records]), /a\.example/)
})

test('what another tab has forgotten is not stored again by this one', async () => {
  const [here, there] = [await visit(), await visit()]
  await here.view(5)
  await there.view(5)
  await here.reporter.forget()
  await there.reporter.forgetAsOtherTab()
  await settled()
  assert.equal(shelf.records.get('diary'), undefined)
  assert.deepEqual(await there.reporter.preview(), [])
})

test('a diary that the browser does not delete is said to be there still', async () => {
  const { reporter, view } = await visit()
  await view(5)
  shelf.remove = () => false
  await assert.rejects(reporter.forget(), /still stored/)
})
