/**
 * Real video in real Chromium on hosts with faults, beside PeerTube's own picker in the same
 * run. The promise: with one healthy host the viewer sees no error, and the video plays to its
 * end. How long it stalls depends on the machine as well: `benchmarks/playback/faults.ts` measures.
 */
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { launchChromium } from '../../web/demo/server/chromium.ts'
import { playBeside, SCENARIOS } from './fault-scenarios.ts'
import { assertPlayedWell, describeViewing, untilTakenOver } from './viewing.ts'

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

// Two at once: a test takes the video's duration, but little of a processor.
describe('with one healthy host', { concurrency: 2 }, () => {
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    test(`${name}: plays to the end, without an error`, async (t) => {
      await untilTakenOver(async () => {
        const { stock, ours, askedBad } = await playBeside(browser, scenario)
        t.diagnostic(`the bad mirror was asked ${askedBad} times`)
        t.diagnostic(describeViewing('stock', stock))
        t.diagnostic(describeViewing('ours ', ours))
        // The page notes what the plugin fetches, and nothing else.
        if (ours.state.fetches.length === 0) return false
        assertPlayedWell(ours)
        return true
      })
    })
  }
})
