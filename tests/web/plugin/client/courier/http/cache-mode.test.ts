/** The cache mode of a fetch: ranges of one file must not wait for each other's cache entry. */
import assert from 'node:assert/strict'
import { afterEach, mock, test } from 'node:test'
import { Bench } from '../bench.ts'

let bench: Bench
afterEach(async () => {
  mock.reset()
  await bench.close()
})

/** The cache modes of the requests for segments, in order. */
function modes(): (string | undefined)[] {
  const seen: (string | undefined)[] = []
  const plain = globalThis.fetch
  mock.method(globalThis, 'fetch', (...args: Parameters<typeof fetch>) => {
    const [asked, options] = args
    const address = asked instanceof Request ? asked.url : asked.toString()
    if (address.endsWith('.mp4')) seen.push(options?.cache)
    return plain(...args)
  })
  return seen
}

test('a second range of a file that is being fetched goes past the cache, a single one through it', async () => {
  bench = await Bench.open({ mirrors: 0 })
  bench.degrade(0, { latency_ms: 200 })
  const seen = modes()
  await Promise.all([bench.fetch(bench.range(0)), bench.fetch(bench.range(1))])
  await bench.fetch(bench.range(2))
  assert.deepEqual(seen, ['default', 'no-store', 'default'])
})
