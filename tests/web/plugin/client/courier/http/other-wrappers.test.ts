/** Our requests where another script has wrapped `fetch` after us. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { markedRequest } from '../../../../../../web/plugin/client/courier/http/fetch-wrapper.ts'

/** Other scripts' wrappers around ours, as extensions and other plugins have them. */
const WRAPPERS: Record<string, (inner: typeof fetch) => typeof fetch> = {
  'copies the request': (inner) => (input, init) => inner(new Request(input, init)),
  'copies it twice, later': (inner) => async (input, init) => {
    await Promise.resolve()
    return inner(new Request(new Request(input, init), { headers: { 'X-Other': '1' } }))
  },
  'passes the address alone': (inner) => (input) =>
    inner(input instanceof Request ? input.url : input),
  'passes a URL': (inner) => (input) =>
    inner(new URL(input instanceof Request ? input.url : String(input))),
}

for (const [what, wrap] of Object.entries(WRAPPERS)) {
  test(`our request is ours where another script, after us, ${what}`, async () => {
    const ours = Response.json('ours')
    const request = markedRequest(
      'http://a.example/video?token=1',
      {},
      () => Promise.resolve(ours),
      () => assert.fail('it was not missed'),
    )
    const before = globalThis.fetch
    globalThis.fetch = wrap(before)
    try {
      assert.equal(await fetch(request), ours)
    } finally {
      globalThis.fetch = before
    }
  })
}

test('a request that another script fetches without us is missed', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let missed = 0
  markedRequest(
    'http://a.example/',
    {},
    () => assert.fail('nobody has fetched it'),
    () => (missed += 1),
  )
  t.mock.timers.tick(60_000)
  assert.equal(missed, 1)
})
