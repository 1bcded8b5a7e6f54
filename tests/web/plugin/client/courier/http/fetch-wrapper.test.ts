/** The `fetch` wrapper, which hands marked requests to the courier. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mark } from '../../../../../../web/plugin/client/courier/http/fetch-wrapper.ts'

test('only marked requests are ours; all others pass with the same arguments and the same this', async () => {
  const calls: { self: unknown; args: unknown[] }[] = []
  const theirs = Response.json('theirs')
  const before = globalThis.fetch
  globalThis.fetch = function (this: unknown, ...args: unknown[]): Promise<Response> {
    calls.push({ self: this, args })
    return Promise.resolve(theirs)
  }
  try {
    const ours = Response.json('ours')
    const request = mark(new Request('http://a.example/'), () => Promise.resolve(ours))
    assert.equal(await fetch(request), ours)
    assert.equal(calls.length, 0)

    const wrapped = globalThis.fetch
    const again = new Request('http://a.example/')
    const { mark: markOfSecondCopy } = (await import(
      `${import.meta.resolve('../../../../../../web/plugin/client/courier/http/fetch-wrapper.ts')}?second`
    )) as { mark: typeof mark }
    markOfSecondCopy(again, () => Promise.resolve(ours))
    assert.equal(globalThis.fetch, wrapped, 'a second copy of the script does not wrap again')
    assert.equal(await fetch(again), ours)

    const init = { method: 'POST' }
    const self = {}
    assert.equal(await fetch.call(self as typeof globalThis, 'http://b.example/', init), theirs)
    assert.equal(await fetch(new Request(request)), theirs, 'a copy is not ours')
    assert.equal(await fetch(new URL('http://c.example/')), theirs)
    assert.equal(calls[0]?.self, self)
    assert.equal(calls[0].args[0], 'http://b.example/')
    assert.equal(calls[0].args[1], init)
    assert.equal(calls.length, 3)
  } finally {
    globalThis.fetch = before
  }
})
