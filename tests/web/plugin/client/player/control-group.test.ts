/** Requests of the control group, and with an open circuit breaker: PeerTube's own, unchanged. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { RandomPicker } from '../../../../../web/demo/page/stock/redundancy.ts'
import { observeStock } from '../../../../../web/plugin/client/player/control-group.ts'
import { LinkWatch } from '../../../../../web/plugin/client/courier/http/link-watch.ts'
import { NO_DIGESTS } from '../../../../../web/plugin/client/courier/video/integrity.ts'
import { Load } from '../../../../../web/plugin/client/courier/load.ts'
import type {
  LoaderOptions,
  RequestSetup,
} from '../../../../../web/plugin/client/p2p-media-loader.ts'
import type { Outcome } from '../../../../../web/plugin/messages.ts'
import { until } from '../../../until.ts'
import { Bench } from '../courier/bench.ts'

let bench: Bench
let told: { outcome: Outcome; isPublic: boolean }[]
beforeEach(async () => {
  mock.method(console, 'error', () => undefined)
  bench = await Bench.open()
  told = []
})
afterEach(async () => {
  mock.restoreAll()
  await bench.close()
})

/** A seeded replacement for `Math.random`. */
function seeded(): () => number {
  let state = 7
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

/** PeerTube's picker and setup, on the bench's hosts. */
function stockOptions(): LoaderOptions & { httpRequestSetup: RequestSetup } {
  const picker = new RandomPicker(bench.hosts.slice(1).map(({ url }) => `${url}/videos`))
  return {
    httpRequestSetup: (url, _, signal, range) => {
      const headers = new Headers({ 'x-of-viewer': '1' })
      if (range) headers.set('Range', `bytes=${range.start}-${range.end ?? ''}`)
      return Promise.resolve(new Request(picker.pick(url), { headers, signal }))
    },
    validateHTTPSegment: () => Promise.resolve(true),
  }
}

function lookedOn(stock = stockOptions()): LoaderOptions {
  const planner = {
    ...bench.courier.planner,
    observe: (outcome: Outcome, isPublic: boolean) => void told.push({ outcome, isPublic }),
  }
  const { traffic, breaker } = bench.courier
  const watch = { planner, traffic, breaker, link: new LinkWatch(planner) }
  return observeStock(stock, new Load([], NO_DIGESTS, true), watch)
}

async function requestsOf(options: LoaderOptions): Promise<unknown[]> {
  mock.method(Math, 'random', seeded())
  const { signal } = new AbortController()
  const requests: unknown[] = []
  for (let segment = 0; segment < 40; segment++) {
    const range = bench.range(segment % 4)
    const request = await options.httpRequestSetup?.(bench.url, range, signal, range)
    requests.push([request?.url, request?.method, ...(request?.headers ?? [])])
  }
  return requests
}

test('the control group’s requests are stock’s: addresses, ranges, headers and order', async () => {
  assert.deepEqual(await requestsOf(lookedOn()), await requestsOf(stockOptions()))
})

test('the control group’s request is PeerTube’s own object, fetched once without delay', async () => {
  const stock = stockOptions()
  const made: Request[] = []
  const { httpRequestSetup } = stock
  stock.httpRequestSetup = async (...wanted) => {
    const request = await httpRequestSetup(...wanted)
    if (request) made.push(request)
    return request
  }
  const options = lookedOn(stock)
  assert.equal(options.validateHTTPSegment, stock.validateHTTPSegment)
  assert.deepEqual({ ...options, httpRequestSetup }, { ...stock, httpRequestSetup })

  const { signal } = new AbortController()
  const request = await options.httpRequestSetup?.(
    bench.url,
    bench.range(0),
    signal,
    bench.range(0),
  )
  assert.ok(request && request === made[0])
  const bare = mock.method(globalThis, 'fetch')
  const response = await fetch(request)
  const bytes = Buffer.from(await response.arrayBuffer())
  assert.ok(bytes.equals(bench.video.subarray(0, bytes.length)) && bytes.length === 400_000)
  assert.equal(bare.mock.callCount(), 1)
})

async function fetched(signal = new AbortController().signal): Promise<void> {
  const range = bench.range(0)
  const request = await lookedOn().httpRequestSetup?.(bench.url, range, signal, range)
  assert.ok(request)
  await fetch(request)
    .then((response) => response.arrayBuffer())
    .catch(() => undefined)
  await until(() => told.length > 0)
}

test('fetches of the control group are observed like any other viewer’s', async () => {
  await fetched()
  const { outcome, isPublic } = told[0] ?? assert.fail('nothing was told')
  assert.equal(isPublic, true)
  assert.deepEqual([outcome.kind, outcome.status, outcome.bytes], ['ok', 206, 400_000])
  assert.ok(outcome.ttfb_s !== null && outcome.ttfb_s <= outcome.total_s)
})

for (const [fault, kind] of [
  ['http-503', 'http-error'],
  ['refuse', 'http-error'],
  ['cut', 'stall'],
] as const) {
  test(`in the control group, too, a host with ${fault} has had ${kind === 'stall' ? 'a stall' : 'an HTTP error'}`, async () => {
    for (const host of [0, 1, 2]) bench.degrade(host, { fault })
    await fetched()
    assert.equal(told[0]?.outcome.kind, kind)
  })
}

test('a fetch that the control group’s player aborts counts as aborted', async () => {
  for (const host of [0, 1, 2]) bench.degrade(host, { fault: 'silent' })
  const abort = new AbortController()
  const fetching = fetched(abort.signal)
  await until(() => bench.hosts.some((host) => host.serving.length > 0))
  abort.abort('abort')
  await fetching
  assert.equal(told[0]?.outcome.kind, 'aborted')
})

test('a fetch during which the control group’s page slept counts as nothing', async () => {
  for (const host of [0, 1, 2]) bench.degrade(host, { fault: 'silent' })
  const discarded = mock.method(bench.courier.planner, 'discard')
  const abort = new AbortController()
  const { signal } = abort
  const range = bench.range(0)
  const request = await lookedOn().httpRequestSetup?.(bench.url, range, signal, range)
  const fetching = fetch(request ?? bench.url).catch(() => undefined)
  await until(() => bench.hosts.some((host) => host.serving.length > 0))
  const now_ms = performance.now()
  const clock = mock.method(performance, 'now', () => now_ms + 22_000)
  abort.abort('abort')
  await fetching
  await until(() => discarded.mock.callCount() > 0)
  clock.mock.restore()
  assert.deepEqual(told, [])
})

test('an open circuit breaker leaves requests to PeerTube, and with P2P off to the origin', async () => {
  bench.breaker.trip()
  const stock = stockOptions()
  const { takeOver, originInits } =
    await import('../../../../../web/plugin/client/player/loader-options.ts')
  const options = (isP2PDisabled: boolean): LoaderOptions =>
    takeOver(
      { ...stock, isP2PDisabled },
      bench.load,
      bench.courier,
      originInits(stock.httpRequestSetup, 2),
    )
  assert.deepEqual(await requestsOf(options(false)), await requestsOf(stockOptions()))
  const origins = (await requestsOf(options(true))).map((request) => (request as string[])[0])
  assert.deepEqual([...new Set(origins)], [bench.url])
})
