/** Reports from the demo's player to the operator's page. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { launchChromium } from '../../../web/demo/server/chromium.ts'
import { startFleet, type Fleet } from '../../../web/demo/server/fleet.ts'
import { HOPELESS_MS } from '../until.ts'
import { startService, type Service } from '../../../web/demo/server/service.ts'

let browser: Browser
let fleet: Fleet
let service: Service
before(async () => {
  browser = await launchChromium()
  fleet = await startFleet({ mirrors: [{ name: 'near' }], settings: { reports: true } })
  service = await startService({
    settings: {
      MIRRORWISE_PEERTUBE_URL: fleet.origin.url,
      MIRRORWISE_HOSTS: [fleet.origin, ...fleet.mirrors].map(({ url }) => url).join(','),
    },
    month: null,
  })
  await fleet.reportTo(service, 'today')
})
after(async () => {
  await browser.close()
  await Promise.all([fleet.stop(), service.stop()])
})

test('the fetches of a player are on the operator’s page', { timeout: HOPELESS_MS }, async () => {
  const context = await browser.newContext()
  context.setDefaultTimeout(HOPELESS_MS)
  const player = await context.newPage()
  await player.goto(fleet.playerUrl({ mode: 'mirrorwise' }))
  const operator = await context.newPage()
  const status = operator.locator('#status', { hasText: /^\d+ reports? of \d+ hosts?, .*\.$/ })
  while (!(await status.isVisible())) {
    await operator.goto(`${service.url}/report/`)
    await operator.locator('#status', { hasText: /\.$/ }).waitFor()
    await operator.waitForTimeout(1000)
  }
  const hosts = [fleet.origin, ...fleet.mirrors].map(({ port }) => `:${port}`)
  const shown = await operator.locator('#overview').innerText()
  assert.ok(
    hosts.some((host) => shown.includes(host)),
    shown,
  )
})
