/** A page in Chromium, with the tests' clock, that notes whom it asks and what it complains of. */
import type { Browser, Page } from 'playwright-core'
import { TICKING } from '../clock.ts'
import { HOPELESS_MS } from '../until.ts'

const DESK = { width: 1280, height: 900 }
const PHONE = { width: 360, height: 740 }

export interface WatchedPage {
  page: Page
  /** Requests to others than `url`; what is made on the spot asks nobody. */
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
    // Chromium itself notes every 401, which is how the page learns that a token is wanted.
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

/** Fails where a phone would have to be moved sideways; `look` is at what it shows there. */
export async function fitsAPhone(
  page: Page,
  look: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await page.setViewportSize(PHONE)
  // Charts are drawn anew as soon as they hear of it.
  await page.waitForFunction(() => document.documentElement.scrollWidth === innerWidth)
  await look()
  await page.setViewportSize(DESK)
}
