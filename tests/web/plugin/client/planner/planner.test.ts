/** The page’s planner, with a scripted worker and with the real engine. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkerPort } from '../../../../../web/plugin/client/planner/engine.ts'
import { isMemory, type Memory } from '../../../../../web/plugin/client/planner/memory.ts'
import { PagePlanner } from '../../../../../web/plugin/client/planner/planner.ts'
import type {
  Idle,
  Outcome,
  Part,
  Plan,
  PlanRequest,
  Request,
} from '../../../../../web/plugin/messages.ts'
import { until } from '../../../until.ts'
import { becomes, pythonEngine } from './python-engine.ts'

const HOSTS = ['https://origin.example', 'https://a.example', 'https://b.example']
const [, A = '', B = ''] = HOSTS
const now_s = (): number => Date.now() / 1000

const request = (): PlanRequest => ({
  now_s: now_s(),
  hosts: HOSTS,
  bytes: 1e6,
  segment_s: 4,
  buffer_s: 20,
  segments_left: 10,
  starting: false,
  attempt: 0,
})

const outcome = (host: string, plan: number, total_s = 0.5): Outcome => ({
  plan,
  host,
  now_s: now_s(),
  kind: 'ok',
  status: 206,
  ttfb_s: 0.05,
  total_s,
  bytes: 1e6,
  cold: false,
  overlapped: false,
})

/** The page's memory store, in this process instead of a browser. */
class Shelf {
  memory: Memory | null = null
  writes = 0

  read(): Memory | null {
    return structuredClone(this.memory)
  }

  write(memory: Memory): void {
    this.memory = structuredClone(memory)
    this.writes++
  }

  forget(): void {
    this.memory = null
  }
}

/** The far end of a worker's port, driven by the test. */
class FarEnd {
  readonly heard: Request[] = []
  terminated = false
  readonly #near = new EventTarget()
  onCall: (call: Request) => unknown = () => undefined

  readonly port: WorkerPort = {
    addEventListener: this.#near.addEventListener.bind(this.#near),
    postMessage: (message: unknown) => {
      const call = structuredClone(message) as Request
      this.heard.push(call)
      const answer = this.onCall(call)
      if (answer !== undefined) this.say({ id: call.id, ok: true, answer })
    },
    terminate: () => (this.terminated = true),
  }

  say(data: unknown): void {
    setTimeout(() => this.#near.dispatchEvent(new MessageEvent('message', { data })))
  }

  ready(): void {
    this.say({ hello: 'ready', ready_ms: 1 })
  }
}

const goodPlan = (plan: number): Plan => ({
  plan,
  ranking: ['https://b.example', 'https://origin.example', 'https://a.example'],
  hedge: null,
  parts: [],
  stall_s: 2,
  propensity: 1,
  explored: false,
  why: [],
})

const part = (host = '', bytes: number, hedge: Part['hedge'] = null): Part => ({
  host,
  bytes,
  hedge,
})

/** Waits until all settled promises have been handled. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** The engine's plan; on a busy machine the fallback may have to decide before it comes. */
async function planned(by: PagePlanner): Promise<Plan> {
  let plan = await by.plan(request())
  await until(async () => {
    if (plan.plan > 0) return true
    // Waits for earlier calls, so that they do not delay the next plan.
    await by.explain()
    plan = await by.plan(request())
    return false
  })
  return plan
}

let warnings: string[]
let far: FarEnd
let shelf: Shelf
let planner: PagePlanner
beforeEach(() => {
  warnings = []
  mock.method(console, 'warn', (...words: unknown[]) => warnings.push(words.join(' ')))
  far = new FarEnd()
  far.onCall = ({ id, verb }) =>
    ({
      open: {},
      restore: {},
      diary: {},
      plan: goodPlan(id),
      snapshot: { format: 'x' },
      explain: { hosts: [] },
      observe: {},
    })[verb as 'plan']
  shelf = new Shelf()
  planner = new PagePlanner(shelf, () => far.port)
})
afterEach(async () => {
  far.say({ hello: 'failed', reason: 'the test is over' })
  await sleep(5)
  mock.restoreAll()
})

test('the fallback decides until the engine is ready; the engine then gets its outcomes in order', async () => {
  planner.start()
  assert.equal((await planner.plan(request())).plan, 0)
  for (const host of HOSTS) planner.observe(outcome(host, 0))
  assert.equal(far.heard.length, 0)
  far.ready()
  await becomes(planner, 'ready')
  assert.ok((await planner.plan(request())).plan > 0)
  assert.equal(far.heard[0]?.verb, 'open')
  const observed = far.heard.filter(({ verb }) => verb === 'observe')
  assert.deepEqual(
    observed.map(({ body }) => (body as Outcome).host),
    HOSTS,
  )
})

test('playback waits 20 ms for a plan, not longer', async (t) => {
  planner.start()
  far.ready()
  await becomes(planner, 'ready')
  far.onCall = () => undefined
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let plan: Plan | null = null
  void planner.plan(request()).then((made) => (plan = made))
  t.mock.timers.tick(19)
  await nextTurn()
  assert.equal(plan, null)
  t.mock.timers.tick(1)
  await nextTurn()
  assert.equal((plan as Plan | null)?.plan, 0)
  assert.equal(planner.state, 'ready')
})

test('a plan that comes too late is declined, so that the engine expects no outcomes of it', async () => {
  planner.start()
  far.ready()
  await becomes(planner, 'ready')
  const late = { ...goodPlan(7), parts: [part(A, 4e5), part(B, 6e5)] }
  for (const [plan, hosts] of [
    [goodPlan(6), [B]],
    [late, [A, B]],
  ] as const) {
    far.heard.length = 0
    far.onCall = () => undefined
    assert.equal((await planner.plan(request())).plan, 0)
    far.say({ id: far.heard[0]?.id, ok: true, answer: plan })
    await until(() => far.heard.length > hosts.length)
    const declined = far.heard.slice(1).map(({ verb, body }) => ({ verb, ...(body as Idle) }))
    assert.deepEqual(
      declined.map(({ verb, plan, host, parts }) => [verb, plan, host, parts]),
      hosts.map((host) => ['idle', plan.plan, host, []]),
    )
  }
})

test('an engine that is stopped ends at once, and is not started again', async () => {
  planner.start()
  far.ready()
  await becomes(planner, 'ready')
  planner.stop()
  await becomes(planner, 'failed')
  assert.equal(far.terminated, true)
  assert.deepEqual(warnings, [], 'nothing is amiss')
  assert.equal(await planner.explain(), null)
  const never = new PagePlanner(shelf, () => assert.fail('started'))
  never.stop()
  never.start()
  assert.equal((await never.plan(request())).plan, 0)
})

test('an engine that never answers is given up for good', async () => {
  planner.start()
  far.ready()
  await becomes(planner, 'ready')
  far.onCall = () => undefined
  mock.timers.enable({ apis: ['setTimeout'] })
  planner.observe(outcome('https://a.example', 0))
  mock.timers.tick(9_999)
  assert.equal(far.terminated, false)
  mock.timers.tick(1)
  mock.timers.reset()
  await becomes(planner, 'failed')
  assert.equal(far.terminated, true)
  planner.start()
  assert.equal(planner.state, 'failed', 'it is not started again')
  assert.equal((await planner.plan(request())).plan, 0)
})

test('an engine that cannot start leaves the fallback in charge', async () => {
  planner.start()
  planner.observe(outcome('https://a.example', 0))
  far.say({ hello: 'failed', reason: 'no WebAssembly here' })
  await becomes(planner, 'failed')
  assert.match(warnings.join(), /no WebAssembly here/)
  assert.equal((await planner.plan(request())).plan, 0)
})

test('a worker that cannot even be made leaves the fallback in charge', async () => {
  planner = new PagePlanner(shelf, () => {
    throw new Error('blocked')
  })
  planner.start()
  await becomes(planner, 'failed')
  assert.equal((await planner.plan(request())).plan, 0)
})

for (const [what, wrong] of Object.entries({
  'asks an unknown host': { ranking: ['https://evil.example'] },
  'asks nobody': { ranking: [] },
  'hedges with an unknown host': { hedge: { host: 'https://evil.example', after_s: 1 } },
  'hedges at no time': { hedge: { host: 'https://a.example', after_s: Number.NaN } },
  'has no patience': { stall_s: 0 },
  'splits less than is wanted': { parts: [part('https://a.example', 9e5)] },
  'splits more than is wanted': { parts: [part('https://a.example', 1e6), part(HOSTS[0], 1)] },
  'splits into half bytes': { parts: [part('https://a.example', 0.5), part(HOSTS[0], 999999.5)] },
  'splits into nothing': { parts: [part('https://a.example', 1e6), part(HOSTS[0], 0)] },
  'asks an unknown host for a part': { parts: [part('https://evil.example', 1e6)] },
  'hedges a part with an unknown host': {
    parts: [part(HOSTS[0], 1e6, { host: 'https://evil.example', after_s: 1 })],
  },
} satisfies Record<string, Partial<Plan>>)) {
  test(`a plan that ${what} ends the engine, not the playback`, async () => {
    planner.start()
    far.ready()
    await becomes(planner, 'ready')
    far.onCall = ({ id }) => ({ ...goodPlan(id), ...wrong })
    assert.equal((await planner.plan(request())).plan, 0)
    await becomes(planner, 'failed')
  })
}

test('a split of exactly the wanted bytes is carried out; without a known size there is no split', async () => {
  planner.start()
  far.ready()
  await becomes(planner, 'ready')
  const parts = [part('https://a.example', 4e5), part('https://b.example', 6e5)]
  far.onCall = ({ id }) => ({ ...goodPlan(id), parts })
  assert.deepEqual((await planner.plan(request())).parts, parts)
  assert.equal((await planner.plan({ ...request(), bytes: null })).plan, 0)
})

test('an idle host takes over the bytes that the engine names, if they are still missing', async () => {
  const idle: Idle = {
    plan: 1,
    host: 'https://a.example',
    now_s: now_s(),
    parts: [{ host: 'https://b.example', age_s: 1, ttfb_s: 0.1, bytes: 500, bytes_left: 900 }],
  }
  assert.equal((await planner.idle(idle)).part, null, 'without the engine nobody does')
  planner.start()
  far.ready()
  await becomes(planner, 'ready')
  for (const [part, bytes, wanted] of [
    [0, 900, 0],
    [0, 901, null],
    [0, 0, null],
    [0, 0.5, null],
    [1, 5, null],
    [-1, 5, null],
    [null, 0, null],
  ] as const) {
    far.onCall = () => ({ part, bytes, why: '' })
    assert.equal((await planner.idle(idle)).part, wanted, `${part} ${bytes}`)
  }
  far.onCall = ({ id }) => far.say({ id, ok: false, error: { field: 'plan', reason: 'is gone' } })
  assert.equal((await planner.idle(idle)).part, null)
  assert.equal(planner.state, 'ready')
})

test('an admin’s limits reach the engine; without any its own hold', async () => {
  const limits = { extra_requests: 0.25, extra_bytes: 0.005 }
  planner = new PagePlanner(shelf, () => far.port, limits)
  planner.start()
  far.ready()
  await becomes(planner, 'ready')
  assert.deepEqual((far.heard[0]?.body as { limits?: unknown }).limits, limits)
})

test('priors reach the engine, and spread viewers over hosts until the engine is ready', async () => {
  const firsts = new Map<string, number>()
  for (let viewer = 0; viewer < 300; viewer++) {
    const newcomer = new PagePlanner(shelf, null)
    newcomer.useFleet({ priors: {}, shares: { [A]: 0.75, [B]: 0.25, [HOSTS[0] ?? '']: 0 } })
    await sleep(0)
    const [first = ''] = (await newcomer.plan(request())).ranking
    firsts.set(first, (firsts.get(first) ?? 0) + 1)
  }
  assert.deepEqual([...firsts.keys()].sort(), [A, B])
  // Four standard deviations of a binomial count.
  assert.ok(Math.abs((firsts.get(A) ?? 0) - 225) < 30, `${firsts.get(A)}`)
  planner.useFleet({ priors: { [A]: { rate_mbps: 20 } }, shares: {} })
  planner.start()
  far.ready()
  await becomes(planner, 'ready')
  const { priors } = far.heard[0]?.body as { priors: unknown }
  assert.deepEqual(priors, { [A]: { rate_mbps: 20 } })
})

test('this viewer’s memory counts more than priors', async () => {
  shelf.memory = { ranking: [B], snapshot: { format: 'x' } }
  planner = new PagePlanner(shelf, null)
  planner.useFleet({ priors: {}, shares: { [A]: 1 } })
  await sleep(0)
  assert.deepEqual((await planner.plan(request())).ranking, [B, A, HOSTS[0]])
})

test('preparations of the engine run before its first outcome, and cannot keep it from working', async () => {
  const prepare = mock.fn(() => Promise.reject(new Error('not today')))
  planner.whenOpen(async (engine) => {
    await engine.call('diary', {})
  })
  planner.whenOpen(prepare)
  planner.observe(outcome(A, 0), true)
  planner.start()
  far.ready()
  await becomes(planner, 'ready')
  await sleep(0)
  assert.deepEqual(
    far.heard.slice(0, 3).map(({ verb }) => verb),
    ['open', 'diary', 'observe'],
  )
  assert.equal(prepare.mock.callCount(), 1)
  assert.match(warnings.join(), /not today/)
  assert.equal((far.heard[2]?.body as { public: boolean }).public, true)
})

test('a video is not public until somebody says so', async () => {
  planner.start()
  far.ready()
  await becomes(planner, 'ready')
  planner.observe(outcome(A, 0))
  assert.equal((far.heard.at(-1)?.body as { public: boolean }).public, false)
})

test('memory orders the fallback’s hosts at once and is given to the engine', async () => {
  shelf.memory = { ranking: ['https://b.example'], snapshot: { format: 'engine-1', x: 7 } }
  planner = new PagePlanner(shelf, () => far.port)
  planner.start()
  await sleep(0)
  assert.equal((await planner.plan(request())).ranking[0], 'https://b.example')
  far.ready()
  await becomes(planner, 'ready')
  const restored = far.heard.find(({ verb }) => verb === 'restore')
  assert.deepEqual((restored?.body as { snapshot: unknown }).snapshot, shelf.memory.snapshot)
})

test('a memory that the engine refuses costs a warning, and nothing else', async () => {
  shelf.memory = { ranking: [], snapshot: { format: 'from the future' } }
  planner = new PagePlanner(shelf, () => far.port)
  const { onCall } = far
  far.onCall = (call) => {
    if (call.verb !== 'restore') return onCall(call)
    const error = { field: 'snapshot.format', reason: 'must be 1' }
    far.say({ id: call.id, ok: false, error })
    return undefined
  }
  planner.start()
  far.ready()
  await becomes(planner, 'ready')
  assert.match(warnings.join(), /snapshot\.format must be 1/)
})

const snapshots = (): number => far.heard.filter(({ verb }) => verb === 'snapshot').length

test('memory is requested soon after the first outcomes and each tenth, else after a pause', async (t) => {
  planner.start()
  far.ready()
  await becomes(planner, 'ready')
  const askedAfter = async (outcomes: number): Promise<number> => {
    for (let i = 0; i < outcomes; i++) planner.observe(outcome('https://b.example', 0))
    // This timer is set later and runs longer than the planner's 500 ms, so it always ends later.
    await sleep(600)
    return snapshots()
  }
  assert.equal(await askedAfter(1), 1)
  assert.equal(await askedAfter(8), 2)
  assert.equal(await askedAfter(1), 3, 'the tenth')
  assert.equal(await askedAfter(9), 3)
  assert.equal(await askedAfter(1), 4, 'the twentieth')
  t.mock.timers.enable({ apis: ['setTimeout'] })
  planner.observe(outcome('https://b.example', 0))
  t.mock.timers.tick(9_999)
  assert.equal(snapshots(), 4)
  t.mock.timers.tick(1)
  assert.equal(snapshots(), 5)
})

test('memory is requested once for outcomes that come together, and then written', async () => {
  planner.start()
  far.ready()
  await becomes(planner, 'ready')
  const { ranking } = await planner.plan(request())
  for (let i = 0; i < 5; i++) planner.observe(outcome('https://b.example', 0))
  await until(() => shelf.writes > 0)
  assert.equal(snapshots(), 1)
  assert.equal(shelf.writes, 1)
  assert.deepEqual(shelf.memory, { ranking, snapshot: { format: 'x' } })
})

test('an engine that came too late to decide leaves memory with hosts in the order of its beliefs', async () => {
  const { onCall } = far
  const believed = (host: string, ttfb_s: number, used = 1) => ({
    host,
    ttfb_s,
    rate_mbps: 8,
    used,
  })
  const hosts = [believed(A, 0.5), believed(B, 0.1), believed('https://idle.example', 0, 0)]
  far.onCall = (call) => (call.verb === 'explain' ? { hosts } : onCall(call))
  planner.start()
  far.ready()
  await becomes(planner, 'ready')
  await planner.remember()
  assert.deepEqual(shelf.memory, { ranking: [B, A], snapshot: { format: 'x' } })
})

test('memory is written when the page goes away, if there is anything to write', async () => {
  planner.save()
  assert.equal(shelf.writes, 0)
  planner.start()
  far.ready()
  await becomes(planner, 'ready')
  planner.observe(outcome('https://b.example', 0))
  await planner.remember()
  assert.equal(shelf.writes, 1)
  planner.save()
  assert.equal(shelf.writes, 2)
})

test('forgotten memory is gone from the engine, the fallback and the device', async () => {
  shelf.memory = { ranking: [B], snapshot: { format: 'x' } }
  planner = new PagePlanner(shelf, () => far.port)
  planner.start()
  far.ready()
  await becomes(planner, 'ready')
  planner.observe(outcome(B, 0))
  await planner.forget()
  planner.save()
  assert.equal(shelf.memory, null)
  assert.equal(far.heard.at(-1)?.verb, 'open')
  far.onCall = () => undefined
  assert.deepEqual((await planner.plan(request())).ranking, HOSTS)
})

test('what is forgotten while the engine loads does not come back', async () => {
  shelf.memory = { ranking: [B], snapshot: { format: 'x' } }
  const prepare = mock.fn(() => Promise.resolve())
  planner = new PagePlanner(shelf, () => far.port)
  planner.whenOpen(prepare)
  planner.observe(outcome(B, 0))
  planner.start()
  await planner.forget()
  far.ready()
  await becomes(planner, 'ready')
  assert.deepEqual(
    far.heard.map(({ verb }) => verb),
    ['open'],
  )
  assert.equal(prepare.mock.callCount(), 1)
})

test('what is forgotten while the engine is given its memory is taken from it again', async () => {
  shelf.memory = { ranking: [B], snapshot: { format: 'x' } }
  const prepare = mock.fn(() => Promise.resolve())
  planner = new PagePlanner(shelf, () => far.port)
  planner.whenOpen(prepare)
  let forgetting: Promise<void> | undefined
  far.onCall = ({ verb }) => {
    if (verb === 'restore') forgetting = planner.forget()
    return {}
  }
  planner.start()
  far.ready()
  await becomes(planner, 'ready')
  await forgetting
  assert.deepEqual(
    far.heard.map(({ verb }) => verb),
    ['open', 'restore', 'open'],
  )
  assert.equal(prepare.mock.callCount(), 2)
  assert.equal(shelf.memory, null)
})

test('what could not be forgotten is said', async () => {
  planner = new PagePlanner(shelf, () => far.port)
  planner.start()
  far.ready()
  await becomes(planner, 'ready')
  shelf.memory = { ranking: [B], snapshot: { format: 'x' } }
  shelf.forget = () => undefined
  await assert.rejects(planner.forget(), /still stored/)
})

test('at rest the engine is gone, and the next one begins with what was remembered', async () => {
  planner.start()
  far.ready()
  await becomes(planner, 'ready')
  const first = far
  await planner.rest()
  assert.equal(first.terminated, true)
  assert.equal(planner.state, 'off')
  far = new FarEnd()
  far.onCall = first.onCall
  planner.start()
  far.ready()
  await becomes(planner, 'ready')
  assert.ok(far.heard.some(({ verb }) => verb === 'restore'))
  assert.deepEqual(warnings, [])
})

test('only a record of this format that names hosts by origin is valid memory', () => {
  const good = {
    format: 'mirrorwise-page-1',
    saved_s: 1e9,
    ranking: ['https://a.example'],
    snapshot: { format: 'x' },
  }
  assert.ok(isMemory(good))
  for (const wrong of [
    null,
    'x',
    { ...good, format: 'mirrorwise-page-2' },
    { ...good, saved_s: 'today' },
    { ...good, ranking: ['https://a.example/videos/secret'] },
    { ...good, ranking: [7] },
    { ...good, ranking: Array.from({ length: 65 }, (_, i) => `https://m${i}.example`) },
    { ...good, snapshot: null },
    { ...good, snapshot: 'text' },
  ]) {
    assert.ok(!isMemory(wrong), JSON.stringify(wrong))
  }
})

test('the real engine learns through the planner, and its memory comes back', async (t) => {
  const python = (): WorkerPort => {
    const port = pythonEngine()
    t.after(() => port.terminate())
    return port
  }
  planner = new PagePlanner(shelf, python)
  planner.observe(outcome('https://origin.example', 0, 4))
  planner.start()
  await becomes(planner, 'ready')
  for (let i = 0; i < 30; i++) {
    const { plan, ranking } = await planned(planner)
    const [host = ''] = ranking
    planner.observe(outcome(host, plan, host === 'https://b.example' ? 0.2 : 4))
  }
  const explanation = await planner.explain()
  assert.equal(explanation?.dropped, 0, JSON.stringify(explanation))
  assert.equal(explanation.outcomes, 31)
  assert.equal((await planned(planner)).ranking[0], 'https://b.example')
  await planner.remember()
  assert.ok(shelf.memory)

  const next = new PagePlanner(shelf, python)
  next.start()
  await becomes(next, 'ready')
  const plan = await planned(next)
  assert.equal(plan.ranking[0], 'https://b.example')
  assert.ok(plan.plan > 0)
  assert.deepEqual(warnings, [])
})
