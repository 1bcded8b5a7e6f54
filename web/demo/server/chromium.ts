/** Finds and launches Chromium. */
import { chromium, type Browser } from 'playwright-core'
import { findProgram } from './programs.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']

/** Arguments that keep Chromium from requests of its own. */
const ARGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** The browser named by `MIRRORWISE_CHROMIUM`, or the first of the usual names on the PATH. */
export async function findChromium(): Promise<string> {
  const wanted = process.env['MIRRORWISE_CHROMIUM']
  const names = wanted === undefined ? NAMES : [wanted]
  const found = await findProgram(names)
  if (found !== null) return found
  throw new Error(
    `No ${names.join(', ')} found: install it (Debian: sudo apt-get install chromium), ` +
      'or set MIRRORWISE_CHROMIUM to a browser of that family.',
  )
}

/** Arguments for Chromium; its sandbox refuses to run as root, as in most containers. */
export function chromiumArgs(): string[] {
  return process.getuid?.() === 0 ? [...ARGS, '--no-sandbox'] : ARGS
}

export async function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: await findChromium(),
    args: chromiumArgs(),
    // On a signal, this process closes the browser.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  })
}
