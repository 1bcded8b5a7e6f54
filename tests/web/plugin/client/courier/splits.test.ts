/** Split segments: hedge, rescue, failover, takeover and repair of parts. */
import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { HEALTHY, type Conditions } from '../../../../../web/demo/server/conditions.ts'
import type { Handler } from '../../../../../web/demo/server/media-server.ts'
import { until } from '../../../until.ts'
import { Bench, type BenchOptions } from './bench.ts'
import { ScriptedPlanner, type Script } from './scripted-planner.ts'

let bench: Bench
let planner: ScriptedPlanner
afterEach(() => bench.close())

const HALVES = [
  { host: 0, share: 0.5 },
  { host: 1, share: 0.5 },
]
const THIRDS = [0, 1, 2].map((host) => ({ host, share: 1 / 3 }))
/** Bytes that a host may still send after a takeover, before it notices: a read or two. */
const TWO_READS = 2 * 65_536

async function open(script: Script, options: BenchOptions = {}): Promise<void> {
  planner = new ScriptedPlanner(script)
  bench = await Bench.open({ ...options, planner })
}

async function delivers(segment: number): Promise<void> {
  await brings(segment)
  await nothingIsOpen()
}

async function brings(segment: number): Promise<void> {
  const { start, end } = bench.range(segment)
  const { status, bytes, valid } = await bench.fetch({ start, end })
  assert.equal(status, 206)
  assert.ok(bytes.equals(bench.video.subarray(start, end + 1)), 'the right bytes, in order')
  assert.equal(valid, true)
}

async function nothingIsOpen(): Promise<void> {
  // A host notices a moment later that its request has ended.
  await until(() => serving().length === 0)
}

const serving = (): unknown[] => bench.hosts.flatMap((host) => host.serving)
const nameOf = (url: string): number => bench.hosts.findIndex((host) => host.url === url)
/** All requests as `host role first-byte-in-the-segment`, in their order. */
const asked = (): string[] =>
  bench.events.flatMap((event) =>
    event.type === 'asked' ? `${nameOf(event.host)} ${event.role} ${event.first % 400_000}` : [],
  )
const kinds = (): string[] =>
  bench.outcomes.map(({ host, kind }) => `${nameOf(host)} ${kind}`).sort()
const wasted = (): number =>
  bench.load.events.counters.bytes - bench.load.events.counters.delivered_bytes

/** Gives the idle host the last `bytes` of the first part that lacks so many. */
function takeLast(bytes: number): NonNullable<Script['takeOver']> {
  return ({ parts }) => {
    const part = parts.findIndex(({ bytes_left }) => bytes_left >= bytes)
    return part === -1 ? null : { part, bytes }
  }
}

test('every part is asked of its host at once, and the segment is whole and in order', async () => {
  await open({ shares: THIRDS })
  for (const host of [0, 1, 2]) bench.degrade(host, { rate_kBps: 2000 })
  await delivers(1)
  assert.deepEqual(asked(), ['0 part 0', '1 part 133333', '2 part 266666'])
  assert.deepEqual(
    bench.hosts.map(({ requests }) => requests.at(-1)?.range),
    ['bytes=400000-533332', 'bytes=533333-666665', 'bytes=666666-799999'],
  )
  assert.deepEqual(kinds(), ['0 ok', '1 ok', '2 ok'])
  assert.ok(bench.outcomes.every(({ overlapped }) => overlapped))
  assert.equal(wasted(), 0)
})

test('bytes are handed on as soon as they arrive, whichever part they belong to', async () => {
  await open({ shares: HALVES })
  bench.degrade(0, { latency_ms: 2500 })
  const range = bench.range(0)
  const never = new AbortController().signal
  const request = await bench.options.httpRequestSetup?.(bench.url, range, never, range)
  assert.ok(request)
  const reader = (await fetch(request)).body?.getReader()
  const { value } = (await reader?.read()) ?? {}
  assert.ok(value && value.length > 0)
  const second = bench.video.subarray(200_000, 200_000 + value.length)
  assert.ok(second.equals(value), 'of the part that came first')
  await reader?.cancel()
})

test('a part is hedged with its own second host', async () => {
  await open({
    shares: [
      { host: 0, share: 0.5, hedge: { host: 1, after_s: 5 } },
      { host: 1, share: 0.5, hedge: { host: 2, after_s: 0.2 } },
    ],
  })
  bench.degrade(1, { fault: 'silent' })
  await delivers(0)
  assert.deepEqual(asked(), ['0 part 0', '1 part 200000', '2 hedge 200000'])
  assert.deepEqual(kinds(), ['0 ok', '1 aborted', '2 ok'])
})

test('another host rescues the rest of a lagging part, and no more', async () => {
  await open({ shares: HALVES, rescue: ({ tried }) => (tried.length === 1 ? 2 : null) })
  bench.degrade(0, { rate_kBps: 2000 })
  bench.degrade(1, { rate_kBps: 40 })
  await delivers(0)
  const [, , rescue] = asked()
  const from = Number(rescue?.split(' ')[2])
  assert.ok(rescue?.startsWith('2 rescue ') && from > 200_000, rescue)
  assert.equal(bench.host(2).requests.at(-1)?.range, `bytes=${from}-399999`)
  assert.deepEqual(kinds(), ['0 ok', '1 switched', '2 ok'])
  assert.equal(wasted(), 0)
})

for (const fault of ['http-503', 'refuse', 'cut'] as const) {
  test(`a part whose host fails by ${fault} goes on at the next host in the ranking`, async () => {
    await open({ shares: HALVES, ranking: [1, 0, 2] })
    bench.degrade(1, { fault })
    await delivers(0)
    assert.deepEqual(
      asked().map((words) => words.slice(0, 6)),
      ['0 part', '1 part', '0 fail'],
    )
  })
}

test('a part that fails goes on at a host that has not failed another part', async () => {
  await open({ shares: HALVES, ranking: [0, 1, 2] })
  bench.degrade(0, { fault: 'http-503' })
  bench.degrade(1, { fault: 'http-503', latency_ms: 200 })
  await delivers(0)
  const words = asked().map((line) => line.split(' ').slice(0, 2).join(' '))
  // The part of host 0 may have gone on at host 1 before that failed as well.
  assert.deepEqual(words.filter((line) => line !== '1 failover').slice(-1), ['2 failover'])
  assert.ok(!words.includes('0 failover'), words.join(', '))
})

test('a host that answers a part with the whole file costs its headers, and is failed over', async () => {
  const whole: Handler = (_, response) => Boolean(response.writeHead(200).end(bench.video))
  await open({ shares: THIRDS }, { handlers: { 1: whole } })
  await delivers(0)
  assert.deepEqual(kinds(), ['0 ok', '0 ok', '1 http-error', '2 ok'])
  assert.equal(wasted(), 0)
})

test('wrong bytes of a part are replaced, and only their host is blamed', async () => {
  await open({ shares: THIRDS })
  for (const host of [0, 1, 2]) bench.degrade(host, { rate_kBps: 2000 })
  bench.degrade(1, { fault: 'flip' })
  await delivers(0)
  assert.deepEqual([...bench.courier.corruptHosts], [bench.host(1).url])
  assert.deepEqual(kinds(), ['0 ok', '0 ok', '1 corrupt', '2 ok'])
  assert.equal(bench.load.events.counters.corrupt, 1)
})

test('the host of wrong bytes is blamed even if the rest of its part was taken over', async () => {
  const wrong: Handler = (request, response) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    const length = Number(last) + 1 - Number(first)
    response.writeHead(206, { 'Content-Length': length, 'Access-Control-Allow-Origin': '*' })
    response.write(Buffer.alloc(10_000))
    return true
  }
  await open({ shares: HALVES, takeOver: takeLast(100_000) }, { handlers: { 1: wrong } })
  planner.script.rescue = () => 2
  await delivers(0)
  assert.deepEqual([...bench.courier.corruptHosts], [bench.host(1).url])
})

test('a player that gives up ends every part', async () => {
  await open({ shares: THIRDS })
  for (const host of [0, 1, 2]) bench.degrade(host, { rate_kBps: 50 })
  bench.degrade(2, { latency_ms: 2000 })
  const abort = new AbortController()
  const fetched = bench.fetch(bench.range(0), { signal: abort.signal }).catch((why: unknown) => why)
  await until(() => bench.load.events.counters.asked.part === 3)
  abort.abort('abort')
  assert.equal(await fetched, 'abort')
  await nothingIsOpen()
  assert.deepEqual(kinds(), ['0 aborted', '1 aborted', '2 aborted'])
})

test('an idle host takes over the end of a slower part, which stops there', async () => {
  await open({ shares: HALVES, takeOver: takeLast(120_000) })
  bench.degrade(0, { rate_kBps: 4000 })
  bench.degrade(1, { rate_kBps: 200 })
  await delivers(0)
  assert.deepEqual(asked(), ['0 part 0', '1 part 200000', '0 takeover 280000'])
  assert.deepEqual(kinds(), ['0 ok', '0 ok', '1 switched'])
  assert.ok(wasted() <= TWO_READS, `${wasted()} bytes`)
  const [idle] = planner.idles
  assert.ok(idle && nameOf(idle.host) === 0 && idle.plan === 1)
  const [part] = idle.parts
  assert.ok(part && nameOf(part.host) === 1 && part.bytes + part.bytes_left === 200_000)
})

test('a whole part may be taken over from a silent host', async () => {
  await open({ shares: HALVES, takeOver: takeLast(200_000) })
  bench.degrade(1, { fault: 'silent' })
  await delivers(0)
  assert.deepEqual(asked(), ['0 part 0', '1 part 200000', '0 takeover 200000'])
  assert.deepEqual(kinds(), ['0 ok', '0 ok', '1 aborted'])
})

test('bytes that have come in the meantime are not taken over', async () => {
  const tooMuch: Script['takeOver'] = ({ parts: [left] }) => ({
    part: 0,
    bytes: (left?.bytes_left ?? 0) + 1,
  })
  await open({ shares: HALVES, takeOver: tooMuch })
  bench.degrade(0, { rate_kBps: 4000 })
  bench.degrade(1, { rate_kBps: 500 })
  await delivers(0)
  assert.deepEqual(asked(), ['0 part 0', '1 part 200000'])
  assert.deepEqual(kinds(), ['0 ok', '1 ok'])
})

test('a planner that never answers the idle host delays nothing', async () => {
  await open({ shares: HALVES })
  planner.idle = () => new Promise(() => undefined)
  bench.degrade(1, { rate_kBps: 1000 })
  await delivers(0)
  assert.deepEqual(kinds(), ['0 ok', '1 ok'])
})

test('a segment fails with a part that no host serves, and resumes with all missing bytes', async () => {
  const range = { start: 0, end: 399_999 }
  let broken = true
  const tailless: Handler = (request, response) => {
    const tail = request.headers.range?.endsWith('-399999') ?? false
    if (broken && tail) response.destroy()
    return broken && tail
  }
  await open({ shares: HALVES }, { handlers: { 0: tailless, 1: tailless, 2: tailless } })
  const had: Uint8Array[] = []
  const error = await bench.fetch(range, { had }).catch((why: unknown) => why)
  assert.equal((error as Error).name, 'abort')
  assert.equal(Buffer.concat(had).length, 200_000)
  broken = false
  const requested = { start: 200_000, end: range.end }
  const { bytes, valid } = await bench.fetch(range, { had, requested })
  assert.ok(bytes.equals(bench.video.subarray(0, 400_000)))
  assert.equal(valid, true)
})

test('a loader that resumes with a hole gets the hole filled, and the segment in order', async () => {
  await open({ shares: HALVES })
  bench.degrade(0, { rate_kBps: 40 })
  const range = bench.range(0)
  const had: Uint8Array[] = []
  const abort = new AbortController()
  const first = bench.fetch(range, { had, signal: abort.signal }).catch(() => undefined)
  await until(() => Buffer.concat(had).length >= 230_000)
  abort.abort('abort')
  await first
  bench.degrade(0, { rate_kBps: null })
  const loaded = Buffer.concat(had).length
  const requested = { start: loaded, end: range.end }
  const { bytes, valid } = await bench.fetch(range, { had, requested })
  assert.ok(bytes.equals(bench.video.subarray(0, 400_000)))
  assert.equal(valid, true)
  const resumed = bench.events.flatMap((event) =>
    event.type === 'asked' && event.segment.id === 2 ? event.first : [],
  )
  assert.deepEqual(resumed.length, 2, 'the plan’s parts of what is missing')
  assert.ok(Math.max(...resumed) < 200_000, 'the second half was there')
})

test('a peer that adds the rest is not blamed for the hole before it', async () => {
  await open({ shares: HALVES })
  bench.degrade(0, { rate_kBps: 40 })
  const range = bench.range(0)
  const had: Uint8Array[] = []
  const abort = new AbortController()
  const first = bench.fetch(range, { had, signal: abort.signal }).catch(() => undefined)
  await until(() => Buffer.concat(had).length >= 230_000)
  abort.abort('abort')
  await first
  bench.degrade(0, { rate_kBps: null })
  const ours = Buffer.concat(had)
  const right = bench.video.subarray(0, 400_000)
  const joined = new Uint8Array(Buffer.concat([ours, right.subarray(ours.length)])).buffer
  assert.equal(await bench.options.validateP2PSegment?.(bench.url, range, joined), true)
  assert.ok(right.equals(Buffer.from(joined)))
  assert.deepEqual([...bench.courier.corruptHosts], [])
})

/** A seeded generator of numbers from 0 to 1. */
function dice(seed: number): () => number {
  return () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647
  }
}

test('under random hosts, plans and timing there is no gap and no overlap', async () => {
  const roll = dice(3)
  const upTo = (n: number): number => Math.floor(roll() * n)
  const weather: Partial<Conditions>[] = [
    {},
    { rate_kBps: 3000 },
    { rate_kBps: 600, latency_ms: 60, jitter_ms: 80 },
    { rate_kBps: 300 },
    { fault: 'cut' },
    { fault: 'http-503' },
    { fault: 'flip' },
  ]
  await open({}, { mirrors: 3 })
  planner.script = {
    rescue: () => (roll() < 0.5 ? upTo(4) : null),
    takeOver: ({ parts }) => {
      const part = upTo(parts.length)
      const most = parts[part]?.bytes_left ?? 0
      return most < 50_000 ? null : { part, bytes: 50_000 + upTo(most - 49_999) }
    },
  }
  const { asked } = bench.load.events.counters
  const allHappened = (): boolean =>
    [asked.takeover, asked.rescue, asked.failover, asked.repair].every(Boolean)
  // Which cases occur also depends on how busy the machine is.
  for (let round = 0; round < 6 || (!allHappened() && round < 30); round++) {
    for (const host of [1, 2, 3]) {
      bench.host(host).conditions = { ...HEALTHY, ...weather[upTo(weather.length)] }
    }
    bench.origin.conditions = { ...HEALTHY, rate_kBps: 400 + upTo(4000) }
    bench.courier.corruptHosts.clear()
    planner.script.shares = Array.from({ length: 1 + upTo(4) }, () => ({
      host: upTo(4),
      share: roll() / 4,
    }))
    await Promise.all([0, 1, 2, 3].map(brings))
  }
  await nothingIsOpen()
  assert.ok(allHappened(), 'all of it has happened')
})
