/** The plugin on the watch page and in embeds: settings, devices, exceptions and missing parts. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { ROOT } from '../../web/build/layout.ts'
import { launchChromium } from '../../web/demo/server/chromium.ts'
import { startFleet, type Fleet, type FleetOptions } from '../../web/demo/server/fleet.ts'
import type { Handle } from '../../web/plugin/client/register.ts'
import { engineFiles, notesOf, open, planned, played } from './plugin.ts'
import type { Prepare, Wish } from './plugin.ts'
import { arrive, waitForEngine, untilTakenOver } from './viewing.ts'

let browser: Browser
let fleet: Fleet
const fleets: Fleet[] = []
before(async () => {
  browser = await launchChromium()
  fleet = await fleetOf({ mirrors: [{}, {}] })
})
after(async () => {
  await browser.close()
  await Promise.all(fleets.map((fleet) => fleet.stop()))
})

async function fleetOf(options: FleetOptions): Promise<Fleet> {
  const own = await startFleet(options)
  fleets.push(own)
  return own
}

const embed = { embed: '1' } as const
const FRENCH = {
  'peertube-plugin-mirrorwise': JSON.parse(
    readFileSync(`${ROOT}web/plugin/languages/panel.fr.json`, 'utf8'),
  ) as object,
}

describe('what the admin sets', { concurrency: 3 }, () => {
  const off: Record<string, Wish> = {
    'the kill switch': { settings: { enabled: false } },
    'the switch for embeds, in an embed': { settings: { embeds: false }, params: embed },
    'settings that PeerTube does not tell': {
      prepare: ({ page }) => page.route('**/public-settings', (route) => route.abort()),
    },
    'settings that take too long': {
      prepare: ({ page }) => page.route('**/public-settings', () => undefined),
    },
  }
  for (const [what, wish] of Object.entries(off)) {
    test(`${what}: PeerTube plays as it does without us`, async () => {
      const { notes } = await played(browser, fleet, wish)
      assert.deepEqual(notes.loads, [])
      assert.deepEqual(notes.workers, [])
    })
  }

  test('the switch for embeds leaves the watch page alone', async () => {
    await untilTakenOver(async () => {
      const { notes } = await played(browser, fleet, { settings: { embeds: false } })
      return notes.loads.length === 1
    })
  })

  test('an embed finds its mirrors by itself', async () => {
    await untilTakenOver(async () => {
      const { notes } = await played(browser, fleet, { params: embed })
      if (notes.loads.length === 0) return false
      assert.ok(planned(notes) >= 6)
      return true
    })
  })

  test('excluded hosts are not asked', async () => {
    await untilTakenOver(async () => {
      const own = await fleetOf({ mirrors: [{}, {}], origin: { rate_kBps: 100 } })
      const [never, other] = own.mirrors
      assert.ok(never && other)
      const settings = { 'never-hosts': `${never.url}\nother.example` }
      const { notes } = await played(browser, own, { settings })
      if (notes.loads.length === 0) return false
      assert.deepEqual(never.requests, [])
      assert.ok(other.requests.length > 0)
      return true
    })
  })

  for (const [language, answers, title] of [
    ['fr-CA', true, 'D’où vient cette vidéo'],
    ['fr', false, 'Where this video comes from'],
    ['ja', true, 'Where this video comes from'],
  ] as const) {
    test(`an embed in ${language} shows ${title.slice(0, 2)}… when the panel is opened, and requests no strings before`, async () => {
      const asked: string[] = []
      const viewer = await open(browser, fleet, {
        params: embed,
        before: `Object.defineProperty(navigator, 'language', { value: '${language}' })`,
        prepare: ({ page }) =>
          page.route('**/plugins/translations/*', (route) => {
            asked.push(route.request().url())
            return answers ? route.fulfill({ json: FRENCH }) : route.abort()
          }),
      })
      const button = viewer.page.locator('.mirrorwise-button')
      await button.waitFor({ state: 'attached' })
      assert.deepEqual(asked, [])
      for (let i = 0; i < 2; i++) {
        await button.dispatchEvent('click')
        await viewer.page.getByRole('heading', { name: title, level: 2 }).waitFor()
        await viewer.page.keyboard.press('Escape')
      }
      assert.equal(await button.getAttribute('aria-label'), title)
      const from = `http://localhost:${fleet.origin.port}/plugins/translations/fr.json`
      assert.deepEqual(asked, language === 'ja' ? [] : [from])
      await viewer.context.close()
    })
  }

  for (const reports of [true, false]) {
    test(`with reports ${reports ? 'on, an engine failure is reported once' : 'off, it is not reported'}`, async () => {
      const told: (string | null)[] = []
      const { notes } = await played(browser, fleet, {
        settings: { reports, 'control-percent': '0' },
        prepare: async ({ page }) => {
          await page.route(/\/router\/engine\//, (route) => route.abort())
          page.on('request', (request) => {
            if (request.url().endsWith('/router/failures')) told.push(request.postData())
          })
        },
      })
      assert.ok(planned(notes) >= 6)
      assert.deepEqual(told, reports ? ['{"engine":1}'] : [])
    })
  }

  test('limits on extra bytes and requests, and hosts to be spared, reach the engine', async () => {
    const settings = {
      'max-extra-percent': '7',
      'max-extra-requests': '1',
      'spared-hosts': 'a.example: spare a little\nb.example reserve',
    }
    const viewer = await open(browser, fleet, { settings })
    const opened = await viewer.page.waitForFunction(
      () => window.notes.told.find(({ verb }) => verb === 'open')?.body as object | undefined,
    )
    const { limits } = (await opened.jsonValue()) as { limits: unknown }
    assert.deepEqual(limits, {
      extra_requests: 1,
      extra_bytes: 0.07,
      prices: { 'https://a.example': 1, 'https://b.example': 3 },
      reserves: ['https://b.example'],
    })
    await viewer.context.close()
  })
})

describe('on a device', { concurrency: 3 }, () => {
  const poor: Record<string, () => void> = {
    'that saves data': () => {
      Object.defineProperty(navigator, 'connection', { value: { saveData: true } })
    },
    'on a metered network': () => {
      Object.defineProperty(navigator, 'connection', { value: { type: 'cellular' } })
    },
    'whose owner wants little data': () => {
      const bare = window.matchMedia.bind(window)
      window.matchMedia = (query) => bare(query.includes('reduced-data') ? 'all' : query)
    },
    'with less than 4 GB': () => {
      Object.defineProperty(navigator, 'deviceMemory', { value: 2 })
    },
    'whose browser has no WebAssembly': () => {
      Reflect.deleteProperty(window, 'WebAssembly')
    },
    'whose browser has no module workers': () => {
      const Bare = window.Worker
      window.Worker = class extends Bare {
        constructor(url: string | URL) {
          super(String(url))
        }
      }
    },
  }
  for (const [what, before] of Object.entries(poor)) {
    test(`${what} the engine is not downloaded, and segments still come from the best host`, async () => {
      const { notes } = await played(browser, fleet, { before })
      assert.ok(planned(notes) >= 6)
      assert.deepEqual(notes.workers, [])
    })
  }

  test('that plays HLS natively nothing is changed', async () => {
    const viewer = await arrive(browser)
    await viewer.page.goto(`http://localhost:${fleet.origin.port}/demo/fleet`)
    const same = await viewer.page.evaluate(async () => {
      Reflect.deleteProperty(window, 'MediaSource')
      Reflect.deleteProperty(window, 'ManagedMediaSource')
      const config = (await (await fetch('/api/v1/config')).json()) as {
        plugin: {
          registered: { name: string; version: string; clientScripts: Record<string, unknown> }[]
        }
      }
      const [plugin] = config.plugin.registered
      if (!plugin) return null
      const [script] = Object.keys(plugin.clientScripts)
      const url = `/plugins/${plugin.name}/${plugin.version}/client-scripts/${script}`
      const { register } = (await import(url)) as { register: (options: object) => void }
      const handlers: Record<string, (value: unknown) => unknown> = {}
      register({
        registerHook: (hook: { target: string; handler: (value: unknown) => unknown }) =>
          (handlers[hook.target] = hook.handler),
        peertubeHelpers: { getSettings: () => Promise.resolve({}) },
      })
      const uuid = '11111111-1111-4111-8111-111111111111'
      const payload = { loader: { swarmId: `http://localhost/hls/${uuid}/master.m3u8` } }
      return (
        (await handlers['filter:internal.player.p2p-media-loader.options.result']?.(payload)) ===
        payload
      )
    })
    assert.equal(same, true)
    await viewer.context.close()
  })

  test('with enough resources the engine is loaded, after the first frame and once for all visits', async () => {
    const own = await fleetOf({ mirrors: [{}] })
    const asked = new Set<string>()
    const viewer = await open(browser, own, {
      prepare: ({ page }) =>
        Promise.resolve(page.on('request', (request) => asked.add(new URL(request.url()).origin))),
    })
    await waitForEngine(viewer)
    assert.deepEqual((await notesOf(viewer.page)).workers, [{ firstFrame: true }])
    const files = engineFiles(own.origin.requests)
    assert.equal(files.length, 5)
    await viewer.page.reload()
    await waitForEngine(viewer)
    assert.equal(engineFiles(own.origin.requests).length, files.length)
    const known = [`http://localhost:${own.origin.port}`, ...own.mirrors.map(({ url }) => url)]
    assert.deepEqual(
      [...asked].filter((origin) => !known.includes(origin)),
      [],
    )
    await viewer.context.close()
  })
})

/** Our code throws wherever PeerTube waits for it; the third error opens the circuit breaker. */
describe('when ours throws', { concurrency: 3 }, () => {
  const sabotages: Record<string, (handle: Handle) => void> = {
    'in the setup of a request': ({ load: { events } }) => {
      events.timed = () => {
        throw new Error('sabotage')
      }
    },
    'in the fetch of a segment': ({ load }) => {
      load.nextSegment = () => {
        throw new Error('sabotage')
      }
    },
    'in the plan for a segment': ({ planner }) => {
      planner.plan = () => Promise.reject(new Error('sabotage'))
    },
    'in the middle of a segment': ({ load }) => {
      let asked = 0
      Object.defineProperty(load.view, 'buffer_s', {
        get: () => {
          if (++asked % 2 === 0) throw new Error('sabotage')
          return 4
        },
      })
    },
    'in the memory of what came': ({ planner }) => {
      planner.observe = () => {
        throw new Error('sabotage')
      }
    },
    'in the check of a segment': ({ load }) => {
      load.hashes.digest = () => Promise.reject(new Error('sabotage'))
    },
    'in the view of the player': ({ load }) => {
      load.view.watch = () => {
        throw new Error('sabotage')
      }
    },
  }
  test('in a hook, the video plays as it does without us', async () => {
    const before = (): void => {
      const Bare = window.CustomEvent
      window.CustomEvent = class<T> extends Bare<T> {
        constructor(type: string, init?: CustomEventInit<T>) {
          super(type, init)
          if (type === 'mirrorwise') throw new Error('sabotage')
        }
      }
    }
    const { notes, viewing } = await played(browser, fleet, { before })
    assert.deepEqual(notes.workers, [])
    assert.ok(viewing.said.some((line) => line.startsWith('error: mirrorwise:')))
  })

  for (const [where, sabotage] of Object.entries(sabotages)) {
    test(`${where}, the video plays, and after three times as it does without us`, async () => {
      const prepare: Prepare = ({ page }) =>
        page.addInitScript(`window.sabotage = ${sabotage.toString()}`)
      const { viewing } = await played(browser, fleet, { prepare })
      const complaints = viewing.said.filter((line) => line.startsWith('error: mirrorwise:'))
      // Two segments are in flight at once, so a fourth error can follow.
      assert.ok(complaints.length >= 1 && complaints.length <= 4, viewing.said.join('\n'))
    })
  }
})

describe('without', { concurrency: 3 }, () => {
  const noWorker: Prepare = ({ page }) => page.route(/\/router\/engine\//, (route) => route.abort())
  const noService: Prepare = ({ page }) =>
    page.route(/\/router\/(priors|reports)/, (route) => route.abort())
  const noList: Prepare = ({ page }) =>
    page.route(/segments-sha256\.json/, (route) => route.abort())
  const noMemory = (): void => {
    Object.defineProperty(window, 'localStorage', { value: undefined })
  }
  const missing: Record<string, Wish> = {
    'the service': { prepare: noService },
    'the worker': { prepare: noWorker },
    'a memory': { before: noMemory },
    'the list of digests': { prepare: noList },
  }
  for (const [what, wish] of Object.entries(missing)) {
    test(`${what} the video plays`, async () => {
      const { notes } = await played(browser, fleet, wish)
      assert.ok(planned(notes) >= 6)
    })
  }

  test('any mirror the video plays', async () => {
    const own = await fleetOf({ mirrors: [{ fault: 'refuse' }, { fault: 'http-404' }] })
    await played(browser, own)
  })

  test('all of these together the video plays', async () => {
    const own = await fleetOf({ mirrors: [{ fault: 'refuse' }, { fault: 'http-404' }] })
    await played(browser, own, {
      before: noMemory,
      prepare: async (viewer) => {
        for (const block of [noWorker, noService, noList]) await block(viewer)
      },
    })
  })
})
