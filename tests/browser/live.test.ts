/** Viewers of one live, who fetch its segments from each other. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../../web/demo/server/chromium.ts'
import type { Broadcast } from '../../web/demo/server/broadcast.ts'
import { startFleet, type Fleet, type PlayerParams } from '../../web/demo/server/fleet.ts'
import { until } from '../web/until.ts'
import { arrive, lookAt, type Viewer } from './viewing.ts'

declare global {
  interface Window {
    /** Bytes that have come by data channels. */
    fromPeers?: number
  }
}

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

/** Opens the live, and waits until it plays. */
async function join(
  fleet: Fleet,
  params: PlayerParams,
  prepare?: (page: Page) => Promise<unknown>,
): Promise<Viewer> {
  const viewer = await arrive(browser)
  await prepare?.(viewer.page)
  await viewer.page.goto(fleet.playerUrl(params, 'localhost'))
  await viewer.page.waitForFunction(() => window.demo.position_s > 0 && window.demo.buffer_s > 0)
  return viewer
}

const fromPeers = async (viewer: Viewer): Promise<number> =>
  (await lookAt(viewer)).state.fetches.filter(({ source }) => source === 'p2p').length

/** On a busy machine a request may take the loader's 3 s, which costs the viewer nothing. */
async function assertPlays(viewer: Viewer): Promise<void> {
  const { state, said } = await lookAt(viewer)
  const seen = state.errors.filter(({ kind }) => kind !== 'segment')
  assert.deepEqual(seen, [], said.join('\n'))
}

const askedForScript = ({ origin }: Fleet): boolean =>
  origin.requests.some(({ path }) => path.endsWith('/live.js'))

/** Whether our script was there before the first segment was asked for. */
const isTakenOver = ({ page }: Viewer): Promise<boolean> =>
  page.evaluate(() => {
    const fetched = performance.getEntriesByType('resource') as PerformanceResourceTiming[]
    const [script] = fetched.filter(({ name }) => name.endsWith('/live.js'))
    const [segment] = fetched.filter(({ name }) => name.endsWith('.ts'))
    return script !== undefined && segment !== undefined && script.responseEnd < segment.startTime
  })

/** More than half a segment; announcements have some dozens. */
const MANY_BYTES = 200_000
/** Two browsers may need longer to connect than a broadcast lasts, on a busy machine. */
const MEETINGS = 5

/** Plays broadcasts until in one of them the viewers have met. */
async function untilTheyMeet(
  meet: (fleet: Fleet, broadcast: Broadcast) => Promise<boolean>,
): Promise<void> {
  for (let meeting = 0; meeting < MEETINGS; meeting++) {
    const fleet = await startFleet({ video: 'live', live: true, tracker: true, mirrors: [] })
    const contexts = browser.contexts()
    try {
      assert.ok(fleet.broadcast)
      fleet.broadcast.start()
      if (await meet(fleet, fleet.broadcast)) return
    } finally {
      const own = browser.contexts().filter((context) => !contexts.includes(context))
      // A segment that is being falsified must not fail the test when its page closes.
      const pages = own.flatMap((context) => context.pages())
      await Promise.all(pages.map((page) => page.unrouteAll({ behavior: 'ignoreErrors' })))
      await Promise.all(own.map((context) => context.close()))
      await fleet.stop()
    }
  }
  throw new Error(`no viewers have met in ${MEETINGS} broadcasts`)
}

describe('a live', { concurrency: 1 }, () => {
  for (const loader of ['2.2', 'next'] as const) {
    test(`is shared by its viewers with p2p-media-loader ${loader}`, async () => {
      await untilTheyMeet(async (fleet, broadcast) => {
        const viewers = [
          await join(fleet, { mode: 'mirrorwise', loader }),
          await join(fleet, { mode: 'mirrorwise', loader }),
        ]
        assert.ok(askedForScript(fleet))
        const shared = async (): Promise<boolean> =>
          (await Promise.all(viewers.map(fromPeers))).some((segments) => segments >= 2)
        await until(async () => broadcast.isOver || (await shared()))
        for (const viewer of viewers) await assertPlays(viewer)
        return shared()
      })
    })

    test(`is played rightly beside a liar with p2p-media-loader ${loader}`, async () => {
      await untilTheyMeet(async (fleet, broadcast) => {
        // PeerTube's own validation lets a viewer keep wrong bytes, and offer them.
        await join(fleet, { mode: 'stock', loader }, falsify)
        const honest = await join(fleet, { mode: 'mirrorwise', loader }, (page) =>
          page.addInitScript(countFromPeers),
        )
        const received = (): Promise<number> => honest.page.evaluate(() => window.fromPeers ?? 0)
        await until(async () => broadcast.isOver || (await received()) > MANY_BYTES)
        const { position_s } = (await lookAt(honest)).state
        const goesOn = async (): Promise<boolean> =>
          (await lookAt(honest)).state.position_s > position_s + 8
        await until(async () => broadcast.isOver || (await goesOn()))
        await assertPlays(honest)
        // On a busy machine the live may have begun before our script was there.
        if (!(await isTakenOver(honest))) return false
        assert.equal(await fromPeers(honest), 0)
        return !broadcast.isOver
      })
    })
  }

  test('without P2P is left to PeerTube', async () => {
    const fleet = await startFleet({ video: 'live', live: true, mirrors: [] })
    const viewer = await join(fleet, { mode: 'mirrorwise', p2p: 'off' })
    await viewer.context.close()
    await fleet.stop()
    assert.ok(!askedForScript(fleet))
  })
})

/** The last byte of each segment comes wrong. */
const falsify = (page: Page): Promise<unknown> =>
  page.route('**/*.ts', async (route) => {
    const response = await route.fetch()
    const body = await response.body()
    body.writeUInt8(body.readUInt8(body.length - 1) ^ 1, body.length - 1)
    await route.fulfill({ response, body })
  })

function countFromPeers(): void {
  window.fromPeers = 0
  const count = (channel: RTCDataChannel): void =>
    channel.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer>) => {
      window.fromPeers = (window.fromPeers ?? 0) + data.byteLength
    })
  const Bare = window.RTCPeerConnection
  window.RTCPeerConnection = class extends Bare {
    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      this.addEventListener('datachannel', ({ channel }) => count(channel))
    }

    override createDataChannel(...wanted: Parameters<RTCPeerConnection['createDataChannel']>) {
      const channel = super.createDataChannel(...wanted)
      count(channel)
      return channel
    }
  }
}
