/** Outages of the viewer's own link in mid-play: nobody is believed to have failed, and play goes on. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { launchChromium } from '../../web/demo/server/chromium.ts'
import type { Fault } from '../../web/demo/server/conditions.ts'
import { startFleet, type Fleet } from '../../web/demo/server/fleet.ts'
import type { LoadEvent } from '../../web/plugin/client/courier/events.ts'
import { notesOf, observed, open } from './plugin.ts'
import { untilTakenOver, waitForEngine, type Viewer } from './viewing.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

/** Three together bring the video no faster than it is played, so that an outage is noticed. */
const SLOW = { rate_kBps: 250, latency_ms: 40 }
const REPORTS = { reports: true, 'control-percent': '0' }

/** How the link goes down and comes up again: `silently` without an event. */
const OUTAGES: Record<string, (viewer: Viewer, fleet: Fleet, isDown: boolean) => Promise<void>> = {
  'with the browser offline': ({ context }, _, isDown) => context.setOffline(isDown),
  'with every connection refused': (_, fleet, isDown) => affect(fleet, isDown ? 'refuse' : 'none'),
}

function affect({ origin, mirrors }: Fleet, fault: Fault): Promise<void> {
  for (const host of [origin, ...mirrors]) host.conditions.fault = fault
  return Promise.resolve()
}

const failedSegments = (events: LoadEvent[]): number[] =>
  events.flatMap((event) =>
    event.type === 'finished' && event.error !== null && event.error !== 'aborted'
      ? [event.segment.id]
      : [],
  )

describe('the link is down until segments fail', { concurrency: true }, () => {
  for (const [name, setLink] of Object.entries(OUTAGES)) {
    test(`${name}: no failure is learned, and the next segments are delivered`, async (t) => {
      const fleet = await startFleet({
        video: 'medium',
        origin: SLOW,
        mirrors: [SLOW, SLOW],
        settings: REPORTS,
      })
      t.after(() => fleet.stop())
      await untilTakenOver(async () => {
        const viewer = await open(browser, fleet)
        const { page } = viewer
        await page.waitForFunction(() => window.demo.position_s > 0)
        if ((await notesOf(page)).loads.length === 0) return false
        await waitForEngine(viewer)
        await setLink(viewer, fleet, true)
        await page.waitForFunction(() =>
          window.notes.events.some(
            (event) => event.type === 'finished' && /no host/.test(event.error ?? ''),
          ),
        )
        await setLink(viewer, fleet, false)
        const { events } = await notesOf(page)
        const last = Math.max(...events.map((event) => event.segment.id))
        await page.waitForFunction(() => window.demo.ended || window.demo.gave_up)
        const notes = await notesOf(page)
        assert.ok(await page.evaluate(() => window.demo.ended), viewer.said.join('\n'))
        assert.deepEqual(
          failedSegments(notes.events).filter((id) => id > last),
          [],
          'a segment failed that was asked for after the outage',
        )
        const outcomes = observed(notes)
        assert.deepEqual(
          outcomes.filter(({ kind }) => !['ok', 'switched', 'aborted'].includes(kind)),
          [],
        )
        assert.ok(outcomes.length > 0)
        await viewer.context.close()
        return true
      })
    })
  }
})
