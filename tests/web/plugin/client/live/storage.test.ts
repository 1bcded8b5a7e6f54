/** The storage of a live beside the loader's own. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SegmentStorage } from 'p2p-media-loader-core'
import { Storage } from '../../../../../web/plugin/client/live/storage.ts'
import { storageOf, VERSIONS } from '../loaders.ts'

const STREAMS = ['a', 'b']
const TYPES = { a: 'main', b: 'secondary' } as const
const STEPS = 2000
const MIB = 1 << 20

/** A pseudo-random number below `n`, the same in every run. */
function dice(seed: number): (n: number) => number {
  let state = seed
  return (n) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((state / 2 ** 31) * n)
  }
}

function open<T extends object>(storage: T, most_MiB: number): T & SegmentStorage {
  const opened = storage as T & SegmentStorage
  opened.setSegmentChangeCallback(() => undefined)
  type Configs = Parameters<SegmentStorage['initialize']>
  const configs = [
    { segmentMemoryStorageLimit: most_MiB },
    { highDemandTimeWindow: 4 },
    { highDemandTimeWindow: 8 },
  ] as unknown as Configs
  void opened.initialize(...configs)
  return opened
}

const contentOf = (storage: SegmentStorage): unknown => ({
  ids: STREAMS.map((stream) => storage.getStoredSegmentIds('', stream).sort((a, b) => a - b)),
  // Sums of fractions depend on their order.
  used: storage.getUsage().usedCapacity.toFixed(6),
  all: storage.getUsage().totalCapacity,
})

describe('the storage of a live', () => {
  for (const [version, folder] of Object.entries(VERSIONS)) {
    for (const isLive of [true, false]) {
      test(`holds what that of ${version} holds, ${isLive ? 'live' : 'recorded'}`, async () => {
        const random = dice(7)
        const theirs = open(await storageOf(folder), 3)
        const ours = open(new Storage(), 3)
        let edge = 0
        for (let step = 0; step < STEPS; step++) {
          const stream = STREAMS[random(2)] as 'a' | 'b'
          if (random(3) === 0) {
            const position_s = 4 * edge - random(40)
            for (const storage of [theirs, ours]) storage.onPlaybackUpdated(position_s, 1)
          } else {
            const segment = (edge += random(2)) - random(3)
            const data = new ArrayBuffer((1 + random(8)) * (MIB / 8))
            for (const storage of [theirs, ours]) {
              const [start, end] = [4 * segment, 4 * segment + 4]
              storage.onSegmentRequested('', stream, segment, start, end, TYPES[stream], isLive)
              const segmentOf = ['', stream, segment] as const
              // The loader stores a segment once; its own storage would count it twice.
              if (storage.hasSegment(...segmentOf)) continue
              await storage.storeSegment(...segmentOf, data, start, end, TYPES[stream], isLive)
              const stored = await storage.getSegmentData(...segmentOf)
              assert.equal(stored, data)
            }
          }
          assert.deepEqual(contentOf(ours), contentOf(theirs), `after ${step} steps`)
        }
      })
    }
  }

  test('tells of a segment after the microtask in which the loader tells peers', async () => {
    const storage = open(new Storage(), 3)
    const order: string[] = []
    storage.setSegmentChangeCallback((stream) => void order.push(`changed ${stream}`))
    // As in 2.2's `processRequests`: a broadcast is queued, then the segment is stored.
    queueMicrotask(() => order.push('broadcast'))
    await storage.storeSegment('', 'a', 1, new ArrayBuffer(8), 0, 4, 'main', true)
    await new Promise(setImmediate)
    assert.deepEqual(order, ['broadcast', 'changed a'])
  })

  test('forgets all when the loader ends', async () => {
    const storage = open(new Storage(), 3)
    await storage.storeSegment('', 'a', 1, new ArrayBuffer(8), 0, 4, 'main', true)
    storage.destroy()
    assert.equal(storage.hasSegment('', 'a', 1), false)
  })
})
