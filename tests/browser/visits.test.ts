/** Visits: the memory between them, private videos, embeds, and requests to third parties. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { AUTHORIZATION } from '../../web/demo/contract.ts'
import { startFleet, type Fleet, type FleetOptions } from '../../web/demo/server/fleet.ts'
import type { ServedRequest } from '../../web/demo/server/media-server.ts'
import { until } from '../web/until.ts'
import { launchChromium } from '../../web/demo/server/chromium.ts'
import {
  arrive,
  assertPlayedWell,
  describeViewing,
  lookAt,
  waitForEngine,
  watch,
  untilTakenOver,
  watchBoth,
} from './viewing.ts'

/** One mirror is so much better that a player with any useful memory begins there. */
const CLEAR_CUT: FleetOptions = {
  video: 'short',
  origin: { latency_ms: 150, jitter_ms: 20, rate_kBps: 300 },
  mirrors: [{ latency_ms: 20, jitter_ms: 5, rate_kBps: 3000 }],
}

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

async function on(options: FleetOptions, use: (fleet: Fleet) => Promise<void>): Promise<void> {
  const fleet = await startFleet(options)
  try {
    await use(fleet)
  } finally {
    await fleet.stop()
  }
}

/** Name of the record with the engine's memory. */
const MEMORY = 'mirrorwise-viewer'

const readMemory = (page: Page): Promise<Record<string, unknown> | undefined> =>
  page.evaluate(
    (name) => JSON.parse(localStorage.getItem(name) ?? 'null') as Record<string, unknown>,
    MEMORY,
  )

/** Waits until the engine's memory is written, so that the next visit finds it. */
const waitForMemory = (page: Page): Promise<unknown> =>
  page.waitForFunction((name) => localStorage.getItem(name) !== null, MEMORY)

const spoilMemory = (page: Page, record: unknown): Promise<unknown> =>
  page.evaluate(([name, text]) => localStorage.setItem(name, text), [
    MEMORY,
    JSON.stringify(record),
  ] as const)

const segmentsOf = (requests: ServedRequest[]): ServedRequest[] =>
  requests.filter(({ segment, range }) => segment && !range?.startsWith('bytes=0-'))

/** Our viewers' requests to the mirror: theirs is the page on `localhost`. */
const ourRequests = (fleet: Fleet): ServedRequest[] =>
  fleet.mirrors[0]?.requests.filter(({ viewer }) => viewer.includes('localhost')) ?? []

/**
 * Plays again while the mirror has not been asked: on a busy machine the engine may come, or the
 * plugin take over, only when a short video has been fetched from the origin already.
 */
async function untilMirrorUsed<Played>(fleet: Fleet, play: () => Promise<Played>): Promise<Played> {
  const played: Played[] = []
  await untilTakenOver(async () => {
    played.push(await play())
    return ourRequests(fleet).length > 0
  })
  return played.at(-1) as Played
}

describe('a visit', { concurrency: 2 }, () => {
  test('a reload begins with the host that the last visit found best', (t) =>
    on(CLEAR_CUT, async (fleet) => {
      const viewer = await arrive(browser)
      const url = fleet.playerUrl({ mode: 'mirrorwise' }, 'localhost')
      await untilMirrorUsed(fleet, async () => assertPlayedWell(await watch(viewer, url)))
      await waitForMemory(viewer.page)
      const [mirror] = fleet.mirrors
      assert.ok(mirror)
      const before = mirror.requests.length
      const originBefore = segmentsOf(fleet.origin.requests).length

      const stockViewer = await arrive(browser)
      const [ours] = await Promise.all([
        watch(viewer, url),
        stockViewer.page.goto(fleet.playerUrl({ mode: 'stock' })),
      ])
      const stock = await lookAt(stockViewer)
      t.diagnostic(describeViewing('stock', stock))
      t.diagnostic(describeViewing('ours ', ours))
      assertPlayedWell(ours)
      const [first] = ours.state.fetches.filter(({ segment }) => segment !== null)
      assert.equal(first?.host, mirror.url, 'the first segment came from elsewhere')
      assert.ok(mirror.requests.length > before)
      const fromOrigin = segmentsOf(fleet.origin.requests.slice(originBefore)).length
      t.diagnostic(`segment requests to the origin on both pages: ${fromOrigin}`)
      await waitForEngine(viewer)
      const { state } = await lookAt(viewer)
      const used = state.engine?.beliefs.find(({ host }) => host === mirror.url)?.used ?? 0
      assert.ok(used > ours.state.fetches.filter(({ host }) => host === mirror.url).length)
      await viewer.context.close()
      await stockViewer.context.close()
    }))

  test('memory names hosts and no videos', async () => {
    await on(CLEAR_CUT, async (fleet) => {
      const viewer = await arrive(browser)
      await watch(viewer, fleet.playerUrl({ mode: 'mirrorwise' }, 'localhost'))
      await waitForMemory(viewer.page)
      await viewer.page.goto(`http://localhost:${fleet.origin.port}/demo/fleet`)
      const memory = JSON.stringify(await readMemory(viewer.page))
      const [mirror] = fleet.mirrors
      assert.ok(mirror)
      assert.match(memory, new RegExp(mirror.url))
      assert.doesNotMatch(memory, new RegExp(fleet.video.uuid))
      assert.doesNotMatch(memory, /hls|\.mp4/)
      await viewer.context.close()
    })
  })

  for (const [what, record] of Object.entries({
    foreign: { format: 'somebody-else-9', saved_s: 0, ranking: [], snapshot: {} },
    corrupt: {
      format: 'mirrorwise-page-1',
      saved_s: 0,
      ranking: ['http://localhost'],
      snapshot: { format: 'mirrorwise-bandit/1', hosts: 'none' },
    },
  })) {
    test(`a ${what} memory is dropped with one warning, and the player starts fresh`, async () => {
      await on(CLEAR_CUT, async (fleet) => {
        const viewer = await arrive(browser)
        await viewer.page.goto(`http://localhost:${fleet.origin.port}/demo/fleet`)
        await spoilMemory(viewer.page, record)
        const url = fleet.playerUrl({ mode: 'mirrorwise' }, 'localhost')
        assertPlayedWell(await watch(viewer, url))
        await waitForEngine(viewer)
        const warnings = viewer.said.filter((line) => line.includes('starting fresh'))
        assert.equal(warnings.length, 1, viewer.said.join('\n'))
        await viewer.context.close()
      })
    })
  }

  test('a private video plays from mirrors, which never see the Authorization header', async (t) => {
    await on(CLEAR_CUT, async (fleet) => {
      const { stock, ours } = await untilMirrorUsed(fleet, () =>
        watchBoth(browser, fleet, { private: '1' }),
      )
      t.diagnostic(describeViewing('stock', stock))
      t.diagnostic(describeViewing('ours ', ours))
      assertPlayedWell(ours)
      const asked = ourRequests(fleet)
      assert.deepEqual([...new Set(asked.map(({ authorization }) => authorization))], [null])
      const origin = segmentsOf(fleet.origin.requests)
      assert.ok(origin.length > 0)
      assert.ok(origin.every(({ authorization }) => authorization === AUTHORIZATION))
    })
  })

  test('an embed, whose options lack the mirrors, uses them all the same', async () => {
    await on(CLEAR_CUT, async (fleet) => {
      await untilMirrorUsed(fleet, async () => {
        const viewer = await arrive(browser)
        const url = fleet.playerUrl({ mode: 'mirrorwise', embed: '1' }, 'localhost')
        assertPlayedWell(await watch(viewer, url))
        await viewer.context.close()
      })
    })
  })

  test('whole-file segments play as byte ranges do', async () => {
    await on({ ...CLEAR_CUT, video: 'short-files' }, async (fleet) => {
      await untilMirrorUsed(fleet, async () => {
        const viewer = await arrive(browser)
        assertPlayedWell(await watch(viewer, fleet.playerUrl({ mode: 'mirrorwise' }, 'localhost')))
        await viewer.context.close()
      })
    })
  })

  test('requests go to the origin and the mirrors alone', async () => {
    await on(CLEAR_CUT, async (fleet) => {
      const viewer = await arrive(browser)
      const asked = new Set<string>()
      viewer.page.on('request', (request) => asked.add(new URL(request.url()).origin))
      await watch(viewer, fleet.playerUrl({ mode: 'mirrorwise' }, 'localhost'))
      await waitForEngine(viewer)
      const known = [
        `http://localhost:${fleet.origin.port}`,
        ...fleet.mirrors.map(({ url }) => url),
      ]
      const strangers = [...asked].filter((origin) => !['null', ...known].includes(origin))
      assert.deepEqual(strangers, [])
      await viewer.context.close()
    })
  })

  test('a page that goes away leaves no request behind', async () => {
    await on({ ...CLEAR_CUT, origin: { rate_kBps: 30 } }, async (fleet) => {
      const viewer = await arrive(browser)
      await viewer.page.goto(fleet.playerUrl({ mode: 'mirrorwise' }, 'localhost'))
      await viewer.page.waitForFunction(() => window.demo.fetches.length > 2)
      await viewer.context.close()
      await until(() =>
        [fleet.origin, ...fleet.mirrors].every(({ serving }) => serving.length === 0),
      )
    })
  })
})
