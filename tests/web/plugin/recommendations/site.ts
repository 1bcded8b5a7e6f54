/** An instance with recommendations, its real service, and a browser, for one file of tests. */
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../../../../web/demo/server/chromium.ts'
import { NOW, TICKING } from '../../clock.ts'
import { HOPELESS_MS } from '../../until.ts'
import { Service, Wire } from '../server/service.ts'
import { Instance } from './instance.ts'
import { video } from './videos.ts'

export const KEPT = 'mirrorwise-recommendations'
export const today = NOW.toISOString().slice(0, 10)

/** A test, or what else ends. */
export interface Ends {
  after: (end: () => Promise<void>) => void
}

export interface Site {
  instance: Instance
  service: Service
  wire: Wire
  browser: Browser
}

/** Starts it with `page` as the watch page. */
export async function startSite(page: string): Promise<Site> {
  const instance = await Instance.start(page)
  const service = new Service({ MIRRORWISE_PEERTUBE_URL: instance.origin })
  const wire = new Wire(service)
  const [browser] = await Promise.all([launchChromium(), service.start(), wire.start()])
  const reached = { 'service-url': wire.url, 'service-secret': service.secret }
  await instance.set({ ...reached, recommendations: true })
  return { instance, service, wire, browser }
}

export async function stopSite({ instance, service, wire, browser }: Site): Promise<void> {
  await browser.close()
  await instance.stop()
  wire.stop()
  await service.stop()
  service.forget()
}

/** Opens a page of the instance as a viewer who has chosen before. */
export async function openPage(
  { browser, instance }: Pick<Site, 'browser' | 'instance'>,
  t: Ends,
  path: string,
  chosen: object = {},
  asksByFetch = false,
): Promise<Page> {
  const context = await browser.newContext()
  t.after(() => context.close())
  context.setDefaultTimeout(HOPELESS_MS)
  await context.addInitScript(TICKING)
  await context.addInitScript(
    `localStorage.getItem('${KEPT}') ?? localStorage.setItem('${KEPT}', '${JSON.stringify(chosen)}')`,
  )
  if (asksByFetch) await context.addInitScript('globalThis.asksByFetch = true')
  const page = await context.newPage()
  await page.goto(instance.origin + path)
  return page
}

/** How many videos the service recommends, to a viewer or to anybody. */
export async function recommended(service: Service, viewer: object = {}): Promise<number> {
  const answer = await fetch(`${service.url}/api/v1/recommendations/videos`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${service.secret}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ strategy: 'for-me', count: '100', ...viewer }),
  })
  return ((await answer.json()) as { data: unknown[] }).data.length
}

export function event(viewer: string, number: number) {
  return { viewer: viewer.padEnd(24, '-'), video: video(number).uuid, day: today, engaged: 1 }
}

/** Posts to the plugin's router. */
export const post = (instance: Instance, path: string, body: object): Promise<Response> =>
  fetch(instance.router + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
