/** One page of any browser: what a test needs of it. Playwright's and Puppeteer's pages fit. */
import { until } from '../../web/until.ts'

export interface BrowserPage {
  goto(url: string): Promise<unknown>
  /** Runs a function in the page, without anything that surrounds it here. */
  evaluate<T>(run: () => T): Promise<Awaited<T>>
  screenshot(): Promise<Uint8Array>
  close(): Promise<void>
}

export interface Tab {
  page: BrowserPage
  /** Errors that nothing in the page has caught or that it wrote to the console. */
  complaints(): Promise<string[]>
}

export interface AnyBrowser {
  open(): Promise<Tab>
  close(): Promise<void>
}

/** Waits until the function returns true in the page. */
export const untilInPage = (page: BrowserPage, holds: () => boolean): Promise<void> =>
  until(() => page.evaluate(holds))
