/** The list of digests: large, slow, silent or wrong. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HashList } from '../../../../../../web/plugin/client/courier/video/integrity.ts'

const FILE = 'video-480-fragmented.mp4'
const RANGE = { start: 0, end: 99 }
const DIGEST = 'ab'.repeat(32)
const LIST = JSON.stringify({ [FILE]: { '0-99': DIGEST } })

/** A list whose server sends what the test says, when it says so. */
function slowList(): {
  list: HashList
  send: (text: string) => void
  end: () => void
  asked: () => number
} {
  let controller!: ReadableStreamDefaultController<Uint8Array>
  let count = 0
  const list = new HashList((signal) => {
    count += 1
    const body = new ReadableStream<Uint8Array>({ start: (c) => void (controller = c) })
    signal.addEventListener('abort', () => controller.error(signal.reason))
    return Promise.resolve(new Response(body))
  })
  const send = (text: string): void => controller.enqueue(new TextEncoder().encode(text))
  return { list, send, end: () => controller.close(), asked: () => count }
}

test('a list on a thin line is waited for as long as it makes progress, and asked for once', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { list, send, end, asked } = slowList()
  for (const piece of [LIST.slice(0, 20), LIST.slice(20, 40), LIST.slice(40)]) {
    await new Promise(setImmediate)
    t.mock.timers.tick(14_000)
    send(piece)
  }
  await new Promise(setImmediate)
  end()
  await list.complete()
  assert.equal(await list.digest(FILE, RANGE), DIGEST)
  assert.equal(asked(), 1)
})

test('a list of whose bytes nothing comes any more is given up', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { list, send } = slowList()
  await new Promise(setImmediate)
  send(LIST.slice(0, 20))
  await new Promise(setImmediate)
  t.mock.timers.tick(15_001)
  await list.complete()
  assert.equal(list.mayKnow(FILE, RANGE), false)
})

test('a late list keeps no segment waiting; mirrors are asked before it is late, and when it is there', async () => {
  const { list, send, end } = slowList()
  assert.equal(list.mayKnow(FILE, RANGE), true)
  assert.equal(await list.digest(FILE, RANGE), null)
  assert.equal(list.mayKnow(FILE, RANGE), false)
  send(LIST)
  end()
  await list.complete()
  assert.equal(list.mayKnow(FILE, RANGE), true)
  assert.equal(await list.digest(FILE, RANGE), DIGEST)
})

for (const [what, answer] of Object.entries({
  'not JSON': () => new Response('<html>'),
  'no object': () => new Response('7'),
  missing: () => new Response('', { status: 404 }),
})) {
  test(`a list that is ${what} knows no segment`, async () => {
    const list = new HashList(() => Promise.resolve(answer()))
    await list.complete()
    assert.equal(list.mayKnow(FILE, RANGE), false)
    assert.equal(await list.digest(FILE, RANGE), null)
  })
}
