/** Size of the scripts that every page loads before playback. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eagerBytes } from '../../../web/build/script-size.ts'

for (const [page, bytes] of Object.entries(eagerBytes())) {
  test(`the scripts that the ${page} loads when it opens have less than 40 kB with brotli`, () => {
    assert.ok(bytes > 0 && bytes < 40_000, `${bytes} bytes`)
  })
}
