/** Timeouts on a page whose event loop is blocked. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { withPatience } from '../../../../../web/plugin/client/courier/timeouts.ts'

/** Blocks the event loop. */
function freeze(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

test('a result in time is returned, and a late result is not waited for', async () => {
  assert.equal(await withPatience(0.2, sleep(20, 'come')), 'come')
  assert.equal(await withPatience(0.02, sleep(400, 'late')), null)
  await assert.rejects(withPatience(0.2, Promise.reject(new Error('refused'))), /refused/)
})

test('time in which the page is frozen does not count as waiting', async () => {
  const coming = withPatience(0.2, sleep(260, 'come'))
  await sleep(20)
  freeze(200)
  assert.equal(await coming, 'come')
})
