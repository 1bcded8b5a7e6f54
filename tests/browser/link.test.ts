/** Outages of the viewer's own link in mid-play: nobody is believed to have failed, and play goes on. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { launchChromium } from '../../web/demo/server/chromium.ts'
import { startFleet, type Fleet } from '../../web/demo/server/fleet.ts'
import type { LoadEvent } from '../../web/plugin/client/courier/events.ts'
import { until } from '../web/until.ts'
import type { Outcome } from '../../web/plugin/messages.ts'
import { notesOf, open } from './plugin.ts'
import { untilTakenOver, type Viewer } from './viewing.ts'

declare global {
  interface Window {
    learned: Outcome[]
  }
}

/** Notes what the planner is told, whether the engine is there or not. */
const LEARNED = `
  window.learned = []
  window.sabotage = ({ planner }) => {
    const observe = planner.observe.bind(planner)
    planner.observe = (...told) => {
      window.learned.push(told[0])
      observe(...told)
    }
  }
`

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

/** Three together bring the video no faster than it is played, so that an outage is noticed. */
const SLOW = { rate_kBps: 250, latency_ms: 40 }
const REPORTS = { reports: true, 'control-percent': '0' }

const requestsFor = ({ origin, mirrors }: Fleet): number =>
  [origin, ...mirrors].flatMap(({ requests }) => requests.filter(({ segment }) => segment)).length

const now_s = (): number => Date.now() / 1000

/** How the first segment ended that was asked for after `last`; or the player has given up. */
const firstAfter = (last: number): LoadEvent | 'gave up' | undefined =>
  window.demo.gave_up
    ? 'gave up'
    : window.notes.events.find(
        (event) =>
          event.type === 'finished' && event.error !== 'aborted' && event.segment.id > last,
      )

/** Plays through an outage; null when the player has given up in it, or was not taken over. */
async function playThrough({
  context,
  page,
}: Viewer): Promise<{ first: LoadEvent; learned: string[] } | null> {
  await context.setOffline(true)
  const down_s = await page.evaluate(now_s)
  if ((await notesOf(page)).loads.length === 0) return null
  await page.waitForFunction(
    () =>
      window.demo.gave_up ||
      window.notes.events.some(
        (event) => event.type === 'finished' && /no host/.test(event.error ?? ''),
      ),
    undefined,
    { polling: 100 },
  )
  const up_s = await page.evaluate(now_s)
  await context.setOffline(false)
  const { events } = await notesOf(page)
  const last = Math.max(...events.map((event) => event.segment.id))
  const answer = await page.waitForFunction(firstAfter, last, { polling: 100 })
  const first = await answer.jsonValue()
  if (!first || first === 'gave up') return null
  const failures = (await page.evaluate(() => window.learned)).filter(
    (outcome) =>
      !['ok', 'switched', 'aborted'].includes(outcome.kind) &&
      outcome.now_s > down_s &&
      outcome.now_s < up_s,
  )
  return { first, learned: failures.map(({ host, kind }) => `${host} ${kind}`) }
}

test('while the browser is offline no failure is learned, and the next segments are delivered', async (t) => {
  const fleet = await startFleet({
    video: 'medium',
    origin: SLOW,
    mirrors: [SLOW, SLOW],
    settings: REPORTS,
  })
  t.after(() => fleet.stop())
  await untilTakenOver(async () => {
    const before = requestsFor(fleet)
    const viewer = await open(browser, fleet, { before: LEARNED })
    await until(() => requestsFor(fleet) >= before + 5)
    const seen = await playThrough(viewer)
    await viewer.context.close()
    if (!seen) return false
    assert.deepEqual(seen.learned, [])
    assert.ok(seen.first.type === 'finished')
    assert.equal(seen.first.error, null, 'the first segment after the outage failed')
    return true
  })
})
