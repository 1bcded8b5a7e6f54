/**
 * Split segments in real Chromium.
 *
 * A scripted worker in the engine's place decides on splits, rescues and takeovers; courier, player
 * and hosts are real. The last test has the real engine.
 */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import type { Conditions } from '../../web/demo/server/conditions.ts'
import { launchChromium } from '../../web/demo/server/chromium.ts'
import { startFleet, type Fleet } from '../../web/demo/server/fleet.ts'
import type { ServedRequest } from '../../web/demo/server/media-server.ts'
import { until } from '../web/until.ts'
import type { Counters, LoadEvent } from '../../web/plugin/client/courier/events.ts'
import type { Handle } from '../../web/plugin/client/register.ts'
import { playBeside, TOGETHER } from './fault-scenarios.ts'
import {
  arrive,
  assertPlayedWell,
  describeViewing,
  lookAt,
  type Viewer,
  type Viewing,
} from './viewing.ts'

declare global {
  interface Window {
    courier: { events: LoadEvent[]; counters: Counters | null }
  }
}

/** Splits into thirds, mirrors first; the origin gets rescues and the odd bytes. */
const WORKER = `
const [origin, first, second] = [0, 1, 2]
let hosts = []
const third = (bytes) => Math.floor(bytes / 3)
const verbs = {
  open: () => ({ engine: 'by hand' }),
  plan: (request, plan) => {
    hosts = request.hosts
    const { bytes } = request
    const shares = [[first, third(bytes)], [second, third(bytes)], [origin, bytes - 2 * third(bytes)]]
    const parts = shares.map(([host, bytes]) => ({ host: hosts[host], bytes, hedge: null }))
    const split = hosts.length === 3 && bytes > 50_000
    return {
      plan, ranking: hosts, hedge: null, parts: split ? parts : [],
      stall_s: 2, propensity: 1, explored: false, why: [],
    }
  },
  progress: ({ host, tried }) => ({ rescue: RESCUE && tried.length === 1 && host !== hosts[0] ? hosts[0] : null, why: '' }),
  idle: ({ parts: [{ bytes_left }] }) => TAKEOVER && bytes_left > 20_000
    ? { part: 0, bytes: Math.floor(bytes_left / 2), why: '' }
    : { part: null, bytes: 0, why: '' },
  observe: () => ({ used: true, reason: null }),
  explain: () => ({ hosts: [], last_choice: [], plans: 0, outcomes: 0, dropped: 0 }),
  snapshot: () => ({ format: 'by hand' }),
  restore: () => ({ hosts: 0 }),
}
onmessage = ({ data: { id, verb, body } }) => {
  postMessage({ id, ok: true, answer: verbs[verb](body, id) })
}
postMessage({ hello: 'ready', ready_ms: 0 })
`

interface Scenario {
  /** Conditions of the second mirror; the other hosts are healthy. */
  bad?: Partial<Conditions>
  rescue?: boolean
  takeover?: boolean
}

let browser: Browser
before(async () => {
  browser = await launchChromium()
})
after(() => browser.close())

const GOOD: Partial<Conditions> = { latency_ms: 40, jitter_ms: 20, rate_kBps: 300 }

async function onFleet(
  { bad = {}, rescue = false, takeover = false }: Scenario,
  use: (viewer: Viewer, fleet: Fleet) => Promise<void>,
): Promise<void> {
  const mirrors = [GOOD, { ...GOOD, ...bad }]
  const fleet = await startFleet({ video: 'medium', origin: GOOD, mirrors })
  const viewer = await arrive(browser)
  const body = `const RESCUE = ${rescue}, TAKEOVER = ${takeover}\n${WORKER}`
  await viewer.page.route(/\/router\/engine\/engine-worker/, (route) =>
    route.fulfill({ contentType: 'text/javascript', body }),
  )
  await viewer.page.addInitScript(() => {
    window.courier = { events: [], counters: null }
    addEventListener('mirrorwise', (event) => {
      const { events } = (event as CustomEvent<Handle>).detail.load
      window.courier.counters = events.counters
      events.on((event) => window.courier.events.push(event))
    })
  })
  try {
    await viewer.page.goto(fleet.playerUrl({ mode: 'mirrorwise' }, 'localhost'))
    await use(viewer, fleet)
  } finally {
    await viewer.context.close()
    await fleet.stop()
  }
}

/** Plays until this number of split segments has been requested and shown. */
async function playSplits({ page, said }: Viewer, wanted = 3): Promise<void> {
  await page
    .waitForFunction(
      (wanted) => {
        const split = window.courier.events.flatMap((event) =>
          event.type === 'planned' && event.plan.parts.length > 0 ? event.segment.id : [],
        )
        const done = new Set(
          window.courier.events.flatMap((event) =>
            event.type === 'finished' ? event.segment.id : [],
          ),
        )
        return split.filter((id) => done.has(id)).length >= wanted && window.demo.position_s > 8
      },
      wanted,
      { polling: 100 },
    )
    .catch(() => assert.fail(`no ${wanted} split segments\n${said.join('\n')}`))
}

async function countersOf(viewer: Viewer): Promise<Counters> {
  const counters = await viewer.page.evaluate(() => window.courier.counters)
  assert.ok(counters)
  const { state } = await lookAt(viewer)
  assert.deepEqual(state.errors, [], 'the player saw an error')
  assert.equal(counters.failed, 0)
  return counters
}

describe('a split segment', { concurrency: 3 }, () => {
  test('comes from three hosts at once, and plays in order', async () => {
    await onFleet({}, async (viewer, fleet) => {
      await playSplits(viewer)
      const { asked, corrupt } = await countersOf(viewer)
      assert.ok(asked.part >= 9)
      assert.equal(corrupt + asked.repair, 0, 'the digests were right at once')
      assert.ok(fleet.mirrors.every(({ requests }) => requests.length >= 3))
      const overlapped = await viewer.page.evaluate(() =>
        window.courier.events.flatMap((event) =>
          event.type === 'fetched' && event.role === 'part' ? event.overlapped : [],
        ),
      )
      assert.ok(overlapped.every(Boolean))
    })
  })

  test('goes on at another host where a part lags', async () => {
    await onFleet({ bad: { rate_kBps: 20 }, rescue: true }, async (viewer) => {
      await playSplits(viewer)
      assert.ok((await countersOf(viewer)).asked.rescue > 0)
    })
  })

  test('is finished by takeovers of hosts that have finished their own parts', async () => {
    await onFleet({ bad: { rate_kBps: 60 }, takeover: true }, async (viewer) => {
      await playSplits(viewer)
      const { asked, bytes, delivered_bytes } = await countersOf(viewer)
      assert.ok(asked.takeover > 0)
      assert.ok(bytes - delivered_bytes <= asked.takeover * 2 * 65_536)
    })
  })

  test('is repaired where a part was wrong, and only the part’s host is blamed', async () => {
    await onFleet({ bad: { fault: 'flip' } }, async (viewer, fleet) => {
      await playSplits(viewer, 1)
      assert.ok((await countersOf(viewer)).corrupt > 0)
      const liars = await viewer.page.evaluate(() =>
        window.courier.events.flatMap((event) =>
          event.type === 'fetched' && event.kind === 'corrupt' ? event.host : [],
        ),
      )
      assert.deepEqual([...new Set(liars)], [fleet.mirrors[1]?.url])
    })
  })

  test('fails over from a host that answers parts with the whole file', async () => {
    await onFleet({ bad: { fault: 'no-ranges' } }, async (viewer, fleet) => {
      await playSplits(viewer)
      assert.ok((await countersOf(viewer)).asked.failover >= 3)
      const refused = fleet.mirrors[1]?.requests.filter(({ status }) => status === 200) ?? []
      assert.ok(refused.length >= 3)
      assert.ok(
        refused.every(({ ended }) => ended === 'closed-by-viewer'),
        'only the headers were waited for',
      )
    })
  })

  test('is aborted in all its parts when the viewer jumps ahead', async () => {
    await onFleet({ bad: { rate_kBps: 10 } }, async (viewer, fleet) => {
      const { page } = viewer
      const slow = fleet.mirrors[1]
      const underWay = (): ServedRequest | undefined => slow?.serving.find(({ sent }) => sent > 0)
      await until(() => underWay() !== undefined)
      const part = underWay()
      assert.ok(part, 'no part was asked of the slow mirror')
      await page.evaluate(() => {
        const video = document.querySelector('video')
        if (video) video.currentTime = 44
      })
      await page.waitForFunction(() =>
        window.courier.events.some(
          (event) => event.type === 'finished' && event.error === 'aborted',
        ),
      )
      await until(() => part.ended !== 'serving')
      assert.equal(part.ended, 'closed-by-viewer')
      assert.deepEqual((await lookAt(viewer)).state.errors, [])
    })
  })
})

/** How many hosts brought bytes of the segment that was shared most. */
function mostSharers({ state }: Viewing): number {
  const sharers = new Map<number, Set<string>>()
  for (const { segment, host } of state.fetches) {
    if (segment === null) continue
    sharers.set(segment, (sharers.get(segment) ?? new Set()).add(host))
  }
  return Math.max(...[...sharers.values()].map(({ size }) => size))
}

test('four mirrors of 300 kB/s share the segments of a video of 1 MB/s, where the stock picker stalls', async (t) => {
  const { stock, ours } = await playBeside(browser, TOGETHER)
  t.diagnostic(describeViewing('stock', stock))
  t.diagnostic(describeViewing('ours ', ours))
  assertPlayedWell(ours)
  assert.ok(mostSharers(ours) >= 3)
  assert.ok(stock.stalls > 0, 'the stock picker did not stall')
})
