/** A live's repairs below the real p2p-media-loader, on each version that PeerTube has shipped. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, mock, test } from 'node:test'
import type { Core } from 'p2p-media-loader-core'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { coreOf, VERSIONS } from '../loaders.ts'
import { CircuitBreaker } from '../../../../../web/plugin/client/courier/circuit-breaker.ts'
import { Live } from '../../../../../web/plugin/client/live/live.ts'
import type { Engine, LoaderOptions } from '../../../../../web/plugin/client/p2p-media-loader.ts'

const FILE = 'segment-000001.ts'
/** So few that they come in one piece. */
const BYTES = randomBytes(20_000)
const DIGEST = createHash('sha256').update(BYTES).digest('hex')
/** The loader's own is 3 s; a shorter one only makes the loader ask again sooner. */
const SILENT_MS = 500

type Answer = (response: ServerResponse, range: string | undefined) => void | Promise<void>

/** What the origin does with requests for the whole segment, until it is asked for a part. */
let fault: Answer
/** What it does then. */
let next: Answer
let digests: () => Record<string, string>
let asked: { path: string; range: string | undefined }[]
let url: string
let list: string
let lists = 0
let breaker: CircuitBreaker

const server = createServer((request: IncomingMessage, response: ServerResponse) => {
  const { range } = request.headers
  const path = request.url ?? ''
  // A list may still be asked for by the live of the test before.
  if (!path.endsWith('.json') || path === list) asked.push({ path, range })
  if (path.endsWith('.json')) response.end(JSON.stringify(digests()))
  else {
    const answer = range ? serve : fault
    if (range) fault = next
    void answer(response, range)
  }
})
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${FILE}`
})
after(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  fault = next = serve
  asked = []
  list = `/${++lists}.json`
  digests = () => ({ [FILE]: DIGEST })
  breaker = new CircuitBreaker()
})

const serve: Answer = (response, range) => {
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
  if (start >= BYTES.length) {
    response.writeHead(416, { 'Content-Range': `bytes */${BYTES.length}` }).end()
    return
  }
  const to = `bytes ${start}-${BYTES.length - 1}/${BYTES.length}`
  response.writeHead(range ? 206 : 200, range ? { 'Content-Range': to } : {})
  response.end(BYTES.subarray(start))
}

/** Options as PeerTube gives them, with its validator, which says `undefined` for right bytes. */
const stock = (): LoaderOptions => ({
  swarmId: 'live',
  httpRequestSetup: (address, _, signal, range) => {
    const headers: Record<string, string> = range
      ? { Range: `bytes=${range.start}-${range.end ?? ''}` }
      : {}
    return Promise.resolve(new Request(address, { headers, signal }))
  },
  validateHTTPSegment: () => Promise.resolve(true),
  validateP2PSegment: () => Promise.resolve(true),
})

function begin(theirs = stock()): Live | null {
  const address = new URL(list, url)
  return Live.begin(theirs, (signal) => fetch(address, { signal }), breaker)
}

function taken(theirs = stock()): Live {
  const live = begin(theirs)
  assert.ok(live)
  return live
}

const ours = (): LoaderOptions => taken().options

/** The core as hls.js shows it. */
const engineOf = (core: Core): Engine => ({
  getConfig: () => ({ core: core.getConfig() as object }),
  applyDynamicConfig: (change) => core.applyDynamicConfig(change.core as object),
  addEventListener: (event, hear) => core.addEventListener(event, hear as never),
})

/** Loads the segment, as hls.js would; `again` also when it is stored. */
async function load(folder: string, live: Live, again = false): Promise<Buffer> {
  const core = new (await coreOf(folder))({
    ...(live.options as object),
    httpNotReceivingBytesTimeoutMs: SILENT_MS,
    // On a busy machine the shorter time may pass before any byte has come.
    httpErrorRetries: 100,
    announceTrackers: [],
  })
  live.watch(engineOf(core))
  try {
    core.setIsLive(true)
    core.setManifestResponseUrl(url)
    core.addStreamIfNoneExists({ runtimeId: 'level', type: 'main', index: 0 })
    const segment = { runtimeId: '1', externalId: 1, url, startTime: 0, endTime: 4 }
    core.updateStream('level', [segment])
    core.setActiveLevelBitrate(1e6)
    const once = (): Promise<Buffer> =>
      new Promise<Buffer>((resolve, reject) => {
        const callbacks = { onSuccess: onLoaded, onError: reject }
        function onLoaded({ data }: { data: ArrayBuffer }): void {
          resolve(Buffer.from(data))
        }
        void core.loadSegment('1', callbacks)
      })
    const loaded = await once()
    if (!again) return loaded
    const stored = await once()
    // The loader looks at its queue in a microtask, and would ask anew for what is destroyed.
    await setImmediate()
    return stored
  } finally {
    core.destroy()
  }
}

/** All bytes come, but the end of the answer does not. */
const endless: Answer = (response) => {
  response.writeHead(200)
  response.write(BYTES)
}

/** Half of the bytes, all of them wrong, as a liar among the peers would send them. */
const wrongHalf: Answer = (response) => {
  response.writeHead(200)
  response.write(Buffer.alloc(BYTES.length / 2))
}

/** Half of the bytes; the rest does not come. */
const firstHalf: Answer = (response) => {
  response.writeHead(200, { 'Content-Length': BYTES.length })
  response.write(BYTES.subarray(0, BYTES.length / 2))
}

/** All bytes, with pauses that the loader bears. */
const slowly =
  (pieces: number): Answer =>
  async (response) => {
    response.writeHead(200, { 'Content-Length': BYTES.length })
    const length = BYTES.length / pieces
    for (let start = 0; start < BYTES.length; start += length) {
      await sleep(SILENT_MS / 2)
      response.write(BYTES.subarray(start, start + length))
    }
    response.end()
  }

const ranges = (): (string | undefined)[] =>
  asked.filter(({ path }) => path.endsWith('.ts')).map(({ range }) => range)

describe('a live', { concurrency: 1 }, () => {
  for (const [version, folder] of Object.entries(VERSIONS)) {
    test(`plays on with ${version} when all bytes were there, but nobody said so`, async () => {
      fault = endless
      assert.ok((await load(folder, taken())).equals(BYTES))
      const asks = ranges()
      const isOutOfRange = (range: string | undefined): boolean =>
        range === `bytes=${BYTES.length}-`
      assert.ok(
        asks.some((range, i) => isOutOfRange(range) && i + 1 in asks && asks[i + 1] === undefined),
        asks.join(),
      )
    })

    test(`fetches all of a segment again with ${version} when its first bytes were wrong`, async () => {
      fault = wrongHalf
      assert.ok((await load(folder, taken())).equals(BYTES))
      assert.ok(ranges().includes(`bytes=${BYTES.length / 2}-`))
      assert.equal(ranges().at(-1), undefined)
    })

    test(`plays with ${version} what the origin sends twice against its own list`, async () => {
      digests = () => ({ [FILE]: '0'.repeat(64) })
      const live = taken()
      const { validateHTTPSegment: validate, validateP2PSegment } = live.options
      // The list is here before the bytes.
      await validateP2PSegment?.(url, undefined, new ArrayBuffer(1))
      assert.ok((await load(folder, live)).equals(BYTES))
      assert.ok(ranges().length >= 2)
      assert.equal(await validate?.(url, undefined, new ArrayBuffer(1)), true)
    })
  }

  for (const [version, folder] of Object.entries(VERSIONS))
    test(`is not cut off with ${version} when a digest comes while the segment comes again`, async () => {
      fault = firstHalf
      next = slowly(10)
      digests = () => (ranges().lastIndexOf(undefined) > 0 ? { [FILE]: DIGEST } : {})
      assert.ok((await load(folder, taken())).equals(BYTES))
    })

  test('is not cut off when a digest is given up while the segment comes again', async () => {
    fault = firstHalf
    next = slowly(20)
    digests = () => ({})
    assert.ok((await load(VERSIONS['2.2.2'], taken())).equals(BYTES))
  })

  test('is refused in time when its first bytes were there and nobody tells its digest', async () => {
    let asks = 0
    let answer!: (list: Response) => void
    const late = new Promise<Response>((resolve) => (answer = resolve))
    const live = Live.begin(
      stock(),
      () => {
        asks++
        return late
      },
      breaker,
    )
    assert.ok(live)
    const { httpRequestSetup: setup, validateHTTPSegment: validate } = live.options
    live.watch(engineOf(new (await coreOf(VERSIONS['2.2.2']))(live.options as object)))
    await setup?.(url, undefined, new AbortController().signal, { start: BYTES.length / 2 })
    assert.equal(await validate?.(url, undefined, new Uint8Array(BYTES).buffer), false)
    assert.equal(asks, 1)
    answer(new Response(JSON.stringify({ [FILE]: DIGEST })))
  })

  test('waits for no digest of what came from the origin alone', async () => {
    digests = () => ({})
    assert.ok((await load(VERSIONS['2.2.2'], taken())).equals(BYTES))
  })
})

describe('uploads of a live', { concurrency: 1 }, () => {
  for (const [version, folder] of Object.entries(VERSIONS)) {
    test(`refused to peers leave hls.js its own segments with ${version}`, async () => {
      const live = taken()
      live.limitUploads(0)
      assert.ok((await load(folder, live, true)).equals(BYTES))
      assert.deepEqual(ranges(), [undefined])
      const { fromOrigin, fromPeers, segments, peers } = live.state()
      assert.deepEqual([fromOrigin, fromPeers, peers], [BYTES.length, 0, 0])
      assert.deepEqual(
        segments.map(({ file, source, bytes, why }) => [file, source, bytes, why]),
        [[FILE, 'origin', BYTES.length, 'wanted']],
      )
    })

    test(`end and begin again with ${version} as the viewer wishes`, async () => {
      const live = taken()
      const core = new (await coreOf(folder))(live.options as object)
      live.watch(engineOf(core))
      const isOff = (): boolean => core.getConfig().mainStream.isP2PUploadDisabled
      live.limitUploads(0)
      assert.equal(isOff(), true)
      live.limitUploads(500_000)
      assert.equal(isOff(), false)
      assert.throws(() => live.limitUploads(-1), RangeError)
      assert.equal(live.state().uploadLimit_bps, 500_000)
    })

    test(`do not begin with ${version} for a viewer who only takes`, async () => {
      const live = taken({ ...stock(), isP2PUploadDisabled: true })
      const core = new (await coreOf(folder))(live.options as object)
      live.watch(engineOf(core))
      live.limitUploads(null)
      assert.equal(core.getConfig().mainStream.isP2PUploadDisabled, true)
      assert.equal(live.state().canUpload, false)
    })
  }
})

describe('bytes from a peer', { concurrency: 1 }, () => {
  const right = (): ArrayBuffer => new Uint8Array(BYTES).buffer

  test('are played if they have the digest that the origin tells, and only then', async () => {
    const { validateP2PSegment: validate } = ours()
    assert.equal(await validate?.(url, undefined, right()), true)
    assert.equal(await validate?.(url, undefined, new ArrayBuffer(BYTES.length)), false)
    assert.equal(asked.length, 1, 'one list for both')
  })

  test('wait for a segment that is not in the list yet, with one request for all who wait', async () => {
    let answers = 0
    digests = () => (++answers < 3 ? {} : { [FILE]: DIGEST })
    const { validateP2PSegment: validate } = ours()
    const three = [right(), right(), right()].map(async (data) => validate?.(url, undefined, data))
    assert.deepEqual(await Promise.all(three), [true, true, true])
    assert.equal(answers, 3)
  })

  test('are still known when their segment has just left the list', async () => {
    const { validateP2PSegment: validate } = ours()
    assert.equal(await validate?.(url, undefined, right()), true)
    digests = () => ({ 'segment-000002.ts': DIGEST })
    assert.equal(await validate?.(url.replace('1.ts', '2.ts'), undefined, right()), true)
    assert.equal(await validate?.(url, undefined, right()), true)
  })

  test('are not played when there is no list, or none that is one', async () => {
    const lists = ['[]', 'null', '{"segment-000001.ts": 7}', '<html>', '']
    const validated = lists.map(async (list) => {
      const load = (): Promise<Response> => Promise.resolve(new Response(list))
      const live = Live.begin(stock(), load, breaker)
      return live?.options.validateP2PSegment?.(url, undefined, right())
    })
    assert.deepEqual(new Set(await Promise.all(validated)), new Set([false]))
  })
})

describe('a live is left alone', { concurrency: 1 }, () => {
  test('when its loader is set up in an unknown way, which is said', (t) => {
    const said = t.mock.method(console, 'info', () => undefined)
    const { swarmId } = stock()
    assert.equal(begin({ ...(swarmId && { swarmId }) }), null)
    assert.equal(begin({ ...stock(), customSegmentStorageFactory: () => ({}) }), null)
    assert.equal(said.mock.callCount(), 2)
  })

  test('when it has been taken over before, of which nothing is said', (t) => {
    const said = t.mock.method(console, 'info', () => undefined)
    assert.equal(begin(ours()), null)
    assert.equal(said.mock.callCount(), 0)
  })

  test('when the loader is of an unknown version, which is said once', async (t) => {
    const said = t.mock.method(console, 'info', () => undefined)
    const theirs = stock()
    theirs.validateP2PSegment = mock.fn(() => Promise.resolve(true))
    const live = begin(theirs)
    assert.ok(live)
    const version = { trackerClientVersionPrefix: '-PM0300-' }
    const core = new (await coreOf(VERSIONS['2.2.2']))({ ...(live.options as object), ...version })
    live.watch(engineOf(core))
    const kept = core.getConfig() as { customSegmentStorageFactory?: unknown }
    assert.equal(kept.customSegmentStorageFactory, undefined)
    assert.equal(await live.options.validateP2PSegment?.(url, undefined, new ArrayBuffer(1)), true)
    const { httpRequestSetup: setup } = live.options
    const range = { start: BYTES.length }
    const request = await setup?.(url, undefined, new AbortController().signal, range)
    assert.ok(request)
    assert.equal((await fetch(request)).status, 416)
    assert.equal(said.mock.callCount(), 1)
  })

  test('once the viewer has turned us off', async () => {
    const { validateP2PSegment: validate, httpRequestSetup: setup } = ours()
    breaker.trip()
    assert.equal(await validate?.(url, undefined, new ArrayBuffer(1)), true)
    const request = await setup?.(url, undefined, new AbortController().signal, {
      start: BYTES.length,
    })
    assert.ok(request)
    assert.equal((await fetch(request)).status, 416)
  })

  test('where its segments are ranges of one file, which PeerTube’s lives are not', async () => {
    const { validateP2PSegment: validate } = ours()
    assert.equal(await validate?.(url, { start: 0, end: 1 }, new ArrayBuffer(2)), true)
    assert.deepEqual(asked, [])
  })
})
