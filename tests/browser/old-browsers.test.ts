/**
 * Chromium without what the oldest browsers lack that PeerTube supports: the video plays, and ours
 * takes part where it can.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { launchChromium } from '../../web/demo/server/chromium.ts'
import { startFleet, type Fleet } from '../../web/demo/server/fleet.ts'
import { observed, open, notesOf, planned, played, plays } from './plugin.ts'
import { untilTakenOver, waitForEngine } from './viewing.ts'

let browser: Browser
let fleet: Fleet
before(async () => {
  browser = await launchChromium()
  fleet = await startFleet({ mirrors: [{}, {}] })
})
after(async () => {
  await browser.close()
  await fleet.stop()
})

/** No Safari can iterate a stream, nor could Chromium before 124. */
const NO_ITERATION = `
  delete ReadableStream.prototype[Symbol.asyncIterator]
  delete ReadableStream.prototype.values
`
const SAFARI_15_4 = `${NO_ITERATION}
  for (const name of ['toSorted', 'toReversed', 'toSpliced', 'with', 'findLast', 'findLastIndex'])
    delete Array.prototype[name]
  for (const name of ['timeout', 'any']) delete AbortSignal[name]
  for (const name of ['groupBy']) delete Object[name]
  for (const name of ['withResolvers', 'try']) delete Promise[name]
  delete Array.fromAsync
  delete URL.canParse
`
/** Without that for which ours stays out, see web/plugin/shared/browser-support.ts. */
const SAFARI_15 = `${SAFARI_15_4}
  delete AbortSignal.prototype.throwIfAborted
`

/** Draws every viewer into the control group. */
const IN_CONTROL = { reports: true, 'control-percent': '50' }

describe('without newer features', { concurrency: 2 }, () => {
  test('a browser of the age of Safari 15.4 has its segments planned, and the engine runs', async () => {
    await untilTakenOver(async () => {
      const viewer = await open(browser, fleet, { before: SAFARI_15_4 })
      await plays(viewer)
      const notes = await notesOf(viewer.page)
      if (notes.loads.length > 0) await waitForEngine(viewer)
      await viewer.context.close()
      return planned(notes) >= 6
    })
  })

  test('a browser that is too old for ours plays as it does without us', async () => {
    const { notes } = await played(browser, fleet, { before: SAFARI_15 })
    assert.deepEqual([notes.loads, notes.workers], [[], []])
  })

  test('the safety net brings the segment when our plan throws', async () => {
    const before = `${NO_ITERATION}
      window.sabotage = ({ planner }) =>
        (planner.plan = () => Promise.reject(new Error('sabotage')))`
    const { viewing } = await played(browser, fleet, { before })
    assert.ok(viewing.said.some((line) => line.includes('sabotage')))
  })

  test('what the control group fetches counts as what it was', async () => {
    await untilTakenOver(async () => {
      const viewer = await open(browser, fleet, { before: NO_ITERATION, settings: IN_CONTROL })
      await plays(viewer)
      const notes = await notesOf(viewer.page)
      // The coin has put half of the viewers into the other group.
      if (notes.loads.length > 0 || notes.workers.length === 0) {
        await viewer.context.close()
        return false
      }
      await waitForOutcomes(viewer.page)
      const outcomes = observed(await notesOf(viewer.page))
      await viewer.context.close()
      // The player itself breaks off what it does not want any more.
      const finished = outcomes.filter(({ kind }) => kind !== 'aborted')
      assert.deepEqual(
        finished.filter(({ kind, bytes }) => kind !== 'ok' || bytes === 0),
        [],
      )
      return true
    })
  })
})

const waitForOutcomes = (page: Parameters<typeof notesOf>[0]): Promise<unknown> =>
  page.waitForFunction(() => window.notes.told.some(({ verb }) => verb === 'observe'))
