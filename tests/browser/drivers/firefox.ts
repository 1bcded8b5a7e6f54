/** Firefox, driven over WebDriver BiDi. */
import { launch } from 'puppeteer-core'
import { findProgram } from '../../../web/demo/server/programs.ts'
import { HOPELESS_MS } from '../../web/until.ts'
import type { AnyBrowser } from './page.ts'

export async function launchFirefox(): Promise<AnyBrowser> {
  const executablePath = await findProgram(['firefox-esr', 'firefox'])
  if (executablePath === null)
    throw new Error('No Firefox found: install it (Debian: sudo apt-get install firefox-esr).')
  const browser = await launch({
    browser: 'firefox',
    executablePath,
    defaultViewport: { width: 1280, height: 900 },
    extraPrefsFirefox: { 'media.autoplay.default': 0 },
    timeout: HOPELESS_MS,
    protocolTimeout: HOPELESS_MS,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  })
  return {
    open: async () => {
      const page = await browser.newPage()
      page.setDefaultTimeout(HOPELESS_MS)
      const complaints: string[] = []
      page.on('pageerror', (error) => complaints.push(String(error)))
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text())
      })
      return { page, complaints: () => Promise.resolve(complaints) }
    },
    close: () => browser.close(),
  }
}
