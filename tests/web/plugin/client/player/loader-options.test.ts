/** The options of p2p-media-loader that we replace, also when our code throws. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import type { RequestSetup } from '../../../../../web/plugin/client/p2p-media-loader.ts'
import {
  loadOf,
  originInits,
  takeOver,
} from '../../../../../web/plugin/client/player/loader-options.ts'
import { videoOf } from '../../../../../web/plugin/client/player/video.ts'
import { Bench, type Fetched } from '../courier/bench.ts'

let bench: Bench
let complaints: unknown[]
beforeEach(async () => {
  complaints = []
  mock.method(console, 'error', (...words: unknown[]) => complaints.push(words))
  bench = await Bench.open()
})
afterEach(async () => {
  mock.restoreAll()
  await bench.close()
})

const never = new AbortController().signal
/** A setup like PeerTube's: one of `n` hosts at random, credentials for the origin. */
const dice =
  (n: number, header: Record<string, string>): RequestSetup =>
  (url) => {
    const host = Math.floor(Math.random() * n)
    const request =
      host === 0 ? new Request(url, { headers: header }) : new Request(`http://m${host}.example/x`)
    return Promise.resolve(request)
  }

test('P2P that is off stays off, but segments still go through the loader', () => {
  const init = originInits(undefined, 2)
  const off = takeOver(
    { isP2PDisabled: true, announceTrackers: ['wss://tracker.example'] },
    bench.load,
    bench.courier,
    init,
  )
  assert.equal(off.isP2PDisabled, false)
  assert.equal(off.isP2PUploadDisabled, true)
  assert.deepEqual(off.announceTrackers, [])
  const theirs = { isP2PDisabled: false, announceTrackers: ['wss://tracker.example'] }
  const on = takeOver(theirs, bench.load, bench.courier, init)
  assert.equal(on.isP2PUploadDisabled, undefined)
  assert.deepEqual(on.announceTrackers, theirs.announceTrackers)
})

test('options that are not ours are left as they are', () => {
  const theirs = { swarmId: 'x', segmentMemoryStorageLimit: 1024, rtcConfig: { iceServers: [] } }
  const ours = takeOver(theirs, bench.load, bench.courier, originInits(undefined, 2))
  for (const [name, value] of Object.entries(theirs)) {
    assert.equal((ours as Record<string, unknown>)[name], value)
  }
})

test('a loader knows its load by its setup', () => {
  assert.equal(loadOf(bench.options.httpRequestSetup), bench.load)
  assert.equal(loadOf(dice(1, {})), undefined)
  assert.equal(loadOf(undefined), undefined)
})

test('the origin’s headers are learnt even if PeerTube nearly always picks a mirror', async () => {
  const init = originInits(dice(33, { Authorization: 'Bearer x' }), 32)
  const { headers } = await init('http://o.example/1.mp4')
  assert.deepEqual([...new Headers(headers)], [['authorization', 'Bearer x']])
})

test('the origin’s headers are learnt even if PeerTube’s setup throws for some mirrors', async () => {
  const setup = dice(3, { Authorization: 'Bearer x' })
  const init = originInits((...wanted) => {
    if (Math.random() < 0.5) throw new TypeError('Invalid URL')
    return setup(...wanted)
  }, 5)
  const { headers } = await init('http://o.example/1.mp4')
  assert.deepEqual([...new Headers(headers)], [['authorization', 'Bearer x']])
})

test('changing headers are learnt anew; without headers PeerTube is asked once', async () => {
  let asked = 0
  const token = originInits((url) => {
    asked++
    return Promise.resolve(new Request(url, { headers: { Authorization: `Bearer ${asked}` } }))
  }, 2)
  await token('http://o.example/1.mp4')
  const { headers } = await token('http://o.example/1.mp4')
  assert.deepEqual([...new Headers(headers)], [['authorization', 'Bearer 2']])
  const open = originInits((url) => {
    asked++
    return Promise.resolve(new Request(url))
  }, 2)
  await open('http://o.example/1.mp4')
  await open('http://o.example/2.mp4')
  assert.equal(asked, 3)
})

test('a copy of our request, as other scripts’ wrappers make it, is ours as well', async () => {
  const range = bench.range(1)
  const request = await bench.options.httpRequestSetup?.(bench.url, range, never, range)
  assert.ok(request)
  const response = await fetch(new Request(request))
  assert.equal(response.status, 206)
  assert.equal(bench.events.filter(({ type }) => type === 'planned').length, 1)
  const bytes = Buffer.from(await response.arrayBuffer())
  assert.ok(bytes.equals(bench.video.subarray(range.start, range.end + 1)))
})

test('when our code throws PeerTube’s own takes over, after three times for good', async () => {
  let theirs = 0
  const original: RequestSetup = (_, __, ___, requested) => {
    if (requested) theirs++
    return Promise.resolve(new Request('http://mirror.example/1.mp4'))
  }
  let tries = 0
  const { httpRequestSetup } = takeOver(
    { httpRequestSetup: original },
    bench.load,
    bench.courier,
    () => {
      tries++
      return Promise.reject(new Error('broken'))
    },
  )
  for (let i = 0; i < 5; i++) {
    const request = await httpRequestSetup?.(bench.url, bench.range(0), never, bench.range(0))
    assert.equal(request?.url, 'http://mirror.example/1.mp4')
  }
  assert.equal(theirs, 5)
  assert.equal(tries, 3)
  assert.equal(complaints.length, 3)
})

const UUID = '9c9de5e8-0a1e-484a-b099-e80766180a6d'

test('nothing is taken over in lives, and without a sha256 list', () => {
  const said = {
    playlistUrl: 'p',
    segmentsSha256Url: 'https://o.example/list.json',
    redundancyBaseUrls: ['https://m.example/hls'],
  }
  const details = { uuid: UUID, privacy: { id: 1 } }
  assert.equal(videoOf(said, false, details)?.mirrors.length, 1)
  assert.equal(videoOf(said, true, details), null)
  for (const missing of [
    { segmentsSha256Url: undefined },
    { segmentsSha256Url: 'not a URL' },
    { playlistUrl: undefined },
  ]) {
    assert.equal(videoOf({ ...said, ...missing }, false, details), null)
  }
  assert.deepEqual(videoOf({ ...said, redundancyBaseUrls: [] }, false, details)?.mirrors, [])
})

/** Fetches with our code broken in one place; PeerTube's own setup would ask host 1. */
async function fetchBroken(break_: (bench: Bench) => void): Promise<Fetched> {
  await bench.close()
  const stock: RequestSetup = (url, _, signal, range) => {
    const address = range ? url.replace(bench.origin.url, bench.host(1).url) : url
    const headers = new Headers(range && { Range: `bytes=${range.start}-${range.end ?? ''}` })
    return Promise.resolve(new Request(address, { headers, signal }))
  }
  bench = await Bench.open({ setup: stock })
  break_(bench)
  return bench.fetch(bench.range(1))
}

const breaks: Record<string, (bench: Bench) => void> = {
  'when the fetch begins': ({ load }) => {
    load.nextSegment = () => assert.fail('sabotage')
  },
  'when hosts are chosen': ({ fallback }) => {
    fallback.plan = () => Promise.reject(new Error('sabotage'))
  },
  'in the middle of the body': ({ load, origin }) => {
    origin.conditions.rate_kBps = 400
    let chunks = 0
    load.events.timed = (work) => (++chunks === 12 ? assert.fail('sabotage') : work())
  },
  'when it learns': ({ fallback }) => {
    fallback.observe = () => assert.fail('sabotage')
  },
  'when the segment is checked': ({ load }) => {
    load.hashes.digest = () => Promise.reject(new Error('sabotage'))
  },
}
for (const [when, break_] of Object.entries(breaks)) {
  test(`our code may throw ${when}: the segment comes whole all the same`, async () => {
    const { bytes, valid, status } = await fetchBroken(break_)
    const { start, end } = bench.range(1)
    assert.ok(bytes.equals(bench.video.subarray(start, end + 1)))
    assert.equal(valid, true)
    assert.equal(status, 206)
    assert.equal(complaints.length, 1)
  })
}
