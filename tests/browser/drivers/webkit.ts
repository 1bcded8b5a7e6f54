/** WebKitGTK, the nearest to Safari that runs here: `WebKitWebDriver` on a virtual screen. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { findProgram } from '../../../web/demo/server/programs.ts'
import { until } from '../../web/until.ts'
import type { AnyBrowser } from './page.ts'
import { Session } from './webdriver.ts'

export async function launchWebKit(): Promise<AnyBrowser> {
  const [xvfb, driver] = [await program('Xvfb'), await program('WebKitWebDriver')]
  const screen = spawn(xvfb, ['-displayfd', '3', '-screen', '0', '1280x900x24'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const [display] = (await once(screen.stdio[3] as Readable, 'data')) as [Buffer]
  const port = await freePort()
  const driving = spawn(driver, [`--port=${port}`], {
    stdio: 'ignore',
    env: { ...process.env, ...environment(), DISPLAY: `:${String(display).trim()}` },
  })
  const url = `http://127.0.0.1:${port}`
  await until(() =>
    fetch(`${url}/status`).then(
      ({ ok }) => ok,
      () => false,
    ),
  )
  return {
    // The driver has one session at a time.
    open: () => Session.start(url),
    close: async () => {
      await end(driving)
      await end(screen)
    },
  }
}

/** Draws without a graphics card; as root, as in most containers, the sandbox refuses to run. */
const environment = (): NodeJS.ProcessEnv => ({
  LIBGL_ALWAYS_SOFTWARE: '1',
  ...(process.getuid?.() === 0 && { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' }),
})

async function program(name: string): Promise<string> {
  const found = await findProgram([name])
  if (found !== null) return found
  throw new Error(
    `No ${name} found: install WebKitGTK (Debian: sudo apt-get install webkit2gtk-driver xvfb ` +
      'gstreamer1.0-libav gstreamer1.0-plugins-good gstreamer1.0-plugins-bad).',
  )
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}
