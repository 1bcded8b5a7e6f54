/** Admission of a live's uploads. */
import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { Storage } from '../../../../../web/plugin/client/live/storage.ts'
import { Uploads } from '../../../../../web/plugin/client/live/uploads.ts'
import { Records } from '../../../../../web/plugin/client/planner/records.ts'

const SEGMENT = 400_000

let now_ms = 0
let kept: Record<string, unknown> = {}

class Kept extends Records {
  override get(name: string): unknown {
    return kept[name]
  }

  override put(name: string, record: unknown): boolean {
    kept[name] = record
    return true
  }
}

const open = (): Uploads => new Uploads(new Kept(), () => now_ms)

beforeEach(() => {
  now_ms = 0
  kept = {}
})

describe('uploads', () => {
  test('run two at once; a third peer is told when one has ended', () => {
    const uploads = open()
    let told = 0
    uploads.onFree = () => told++
    assert.deepEqual(
      [1, 2, 3].map(() => uploads.admit(SEGMENT)),
      [true, true, false],
    )
    uploads.sent(SEGMENT, 'a')
    assert.equal(told, 1)
    assert.equal(uploads.admit(SEGMENT), true)
    assert.equal(uploads.running, 2)
    uploads.destroy()
  })

  test('belong to the peer that gets their first bytes, and end when it goes', () => {
    const uploads = open()
    uploads.admit(SEGMENT)
    uploads.admit(SEGMENT)
    uploads.sent(1000, 'a')
    uploads.sent(1000, 'b')
    uploads.sent(SEGMENT - 1000, 'b')
    assert.equal(uploads.running, 1)
    uploads.closed('b')
    assert.equal(uploads.running, 1)
    uploads.closed('a')
    assert.equal(uploads.running, 0)
  })

  test('end after 1.5 s without progress', () => {
    const uploads = open()
    uploads.admit(SEGMENT)
    now_ms = 1400
    uploads.sent(1000, 'a')
    now_ms = 2800
    assert.equal(uploads.running, 1)
    now_ms = 2900
    assert.equal(uploads.running, 0)
  })

  test('keep to the limit on the average, and to none that is saved up', () => {
    const uploads = open()
    uploads.limit(8 * 100_000)
    now_ms = 60_000
    assert.equal(uploads.admit(SEGMENT), true)
    uploads.sent(SEGMENT, 'a')
    now_ms += 3900
    assert.equal(uploads.admit(SEGMENT), false)
    now_ms += 200
    assert.equal(uploads.admit(SEGMENT), true)
    uploads.destroy()
  })

  test('count what was sent only, where a peer wants the rest of a segment', () => {
    const uploads = open()
    uploads.limit(8 * 100_000)
    uploads.admit(SEGMENT)
    uploads.sent(100_000, 'a')
    now_ms = 1600
    assert.equal(uploads.admit(SEGMENT), true)
  })

  test('wait quietly for a limit that allows a segment in a month', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const uploads = open()
    uploads.limit(1)
    uploads.admit(SEGMENT)
    uploads.sent(SEGMENT, 'a')
    const timer = t.mock.method(globalThis, 'setTimeout')
    assert.equal(uploads.admit(SEGMENT), false)
    t.mock.timers.tick(30_000)
    assert.equal(timer.mock.callCount(), 1)
    uploads.destroy()
  })

  test('obey a limit that was set in a visit before', () => {
    open().limit(0)
    assert.equal(open().limit_bps, 0)
    assert.equal(open().admit(1), false)
    open().limit(null)
    assert.equal(open().admit(1), true)
  })

  for (const limit of [NaN, -1])
    test(`refuse a limit of ${limit}`, () => {
      const uploads = open()
      assert.throws(() => uploads.limit(limit), RangeError)
      assert.equal(uploads.limit_bps, null)
    })

  for (const record of [
    null,
    7,
    'x',
    {},
    { limit_bps: -1 },
    { limit_bps: '5' },
    { limit_bps: 1e300 },
  ])
    test(`begin without a limit where ${JSON.stringify(record)} was kept`, () => {
      kept['live-uploads'] = record
      assert.equal(open().limit_bps, null)
    })

  test('are refused to peers, never to the loader itself', async () => {
    const storage = new Storage(() => false)
    await storage.storeSegment('', 's', 1, new ArrayBuffer(8), 0, 4, 'main', true)
    assert.equal(await storage.getSegmentData('', 's', 1), undefined)
    storage.onSegmentRequested('', 's', 1)
    assert.equal((await storage.getSegmentData('', 's', 1))?.byteLength, 8)
    await Promise.resolve()
    assert.equal(await storage.getSegmentData('', 's', 1), undefined)
    assert.deepEqual(storage.getStoredSegmentIds('', 's'), [1])
  })
})
