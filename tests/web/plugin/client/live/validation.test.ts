/** Validation of a live's segments: what the origin itself sends, and a list of digests that is wrong. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { LiveDigests } from '../../../../../web/plugin/client/live/digests.ts'
import { LiveValidation } from '../../../../../web/plugin/client/live/validation.ts'

const bytes = (n: number): ArrayBuffer => new Uint8Array([n, n, n]).buffer
const sha256 = (data: ArrayBuffer) => createHash('sha256').update(Buffer.from(data)).digest('hex')
const urlOf = (n: number) => `https://origin.example/live/0-${n}.ts`

/** A validation whose list has the digests of these segments, each of the bytes given for it. */
function validationOf(segments: [segment: number, of: number][]): LiveValidation {
  const list = Object.fromEntries(segments.map(([n, of]) => [`0-${n}.ts`, sha256(bytes(of))]))
  return new LiveValidation(new LiveDigests(() => Promise.resolve(Response.json(list))))
}

/** The origin's bytes of a segment, as the loader shows them at each attempt until one is taken. */
async function attempts(validation: LiveValidation, n: number): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    validation.started(urlOf(n), false)
    await new Promise((resolve) => setImmediate(resolve))
    if (await validation.fromOrigin(urlOf(n), bytes(n))) return attempt
  }
}

test('a wrong digest costs one more attempt, a list of wrong digests only three', async () => {
  const wrong = validationOf([1, 2, 3, 4, 5, 6].map((n) => [n, n + 100]))
  const needed = []
  for (const n of [1, 2, 3, 4, 5, 6]) needed.push(await attempts(wrong, n))
  assert.deepEqual(needed, [2, 2, 2, 1, 1, 1])
})

test('after a right digest the list is believed again', async () => {
  const some = validationOf([1, 2, 3, 4, 5, 6, 7, 8].map((n) => [n, n === 4 ? 4 : n + 100]))
  const needed = []
  for (const n of [1, 2, 3, 4, 5, 6, 7, 8]) needed.push(await attempts(some, n))
  assert.deepEqual(needed, [2, 2, 2, 1, 2, 2, 2, 1])
})

test('bytes of a peer are refused however wrong the list is', async () => {
  const wrong = validationOf([1, 2, 3, 4, 5].map((n) => [n, n + 100]))
  for (const n of [1, 2, 3, 4]) await attempts(wrong, n)
  assert.equal(await wrong.fromPeer(urlOf(5), bytes(5)), false)
})
