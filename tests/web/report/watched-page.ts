/** A page in Chromium with the tests' clock, whose requests and console errors are recorded. */
import type { Browser, Page } from 'playwright-core'
import { TICKING } from '../clock.ts'
import { HOPELESS_MS } from '../until.ts'

const DESK = { width: 1280, height: 900 }
const PHONE = { width: 360, height: 740 }

export interface WatchedPage {
  page: Page
  /** Requests to any address but `url`; `blob:` and `data:` are no requests. */
  askedElsewhere: (url: string) => string[]
  complaints: string[]
}

export async function watchedPage(browser: Browser): Promise<WatchedPage> {
  const page = await browser.newPage({ viewport: DESK })
  const asked: string[] = []
  const complaints: string[] = []
  page.setDefaultTimeout(HOPELESS_MS)
  await page.addInitScript(TICKING)
  page.on('request', (request) => asked.push(request.url()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    // Chromium logs every 401, by which the page learns that it needs a token.
    if (message.type() === 'error' && !message.text().includes('401'))
      complaints.push(message.text())
  })
  return {
    page,
    askedElsewhere: (url) =>
      asked.filter((address) => !/^(blob|data):/.test(address) && !address.startsWith(url)),
    complaints,
  }
}

/** Fails if the page scrolls sideways on a phone; `look` is called at that size. */
export async function fitsAPhone(
  page: Page,
  look: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await page.setViewportSize(PHONE)
  // Charts are redrawn a moment after the resize.
  await page.waitForFunction(() => document.documentElement.scrollWidth === innerWidth)
  await look()
  await page.setViewportSize(DESK)
}
