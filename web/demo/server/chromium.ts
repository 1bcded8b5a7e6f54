/** Finds and launches Chromium. */
import { access, constants } from 'node:fs/promises'
import path from 'node:path'
import { chromium, type Browser } from 'playwright-core'

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
  const folders = (process.env['PATH'] ?? '').split(path.delimiter)
  for (const name of names) {
    // `resolve` returns an absolute name as it is.
    for (const file of folders.map((folder) => path.resolve(folder, name))) {
      const runs = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
      if (runs) return file
    }
  }
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
