/** Timeouts on a page whose event loop is blocked. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { withPatience } from '../../../../../web/plugin/client/courier/timeouts.ts'

/** Keeps the page from hearing of anything. */
function freeze(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

test('what comes in time is had, and what does not is not waited for', async () => {
  assert.equal(await withPatience(0.2, sleep(20, 'come')), 'come')
  assert.equal(await withPatience(0.02, sleep(400, 'late')), null)
  await assert.rejects(withPatience(0.2, Promise.reject(new Error('refused'))), /refused/)
})

test('a page that was frozen meanwhile has not waited', async () => {
  const coming = withPatience(0.2, sleep(260, 'come'))
  await sleep(20)
  freeze(200)
  assert.equal(await coming, 'come')
})
