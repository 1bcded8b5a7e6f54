/** Runs the real service in a temporary folder, on request with a month of invented viewers. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { ROOT } from '../../build/layout.ts'

const PYTHON = `${ROOT}.venv/bin/python`

export interface Service {
  url: string
  /** The secret between plugin and service. */
  secret: string
  stop(): Promise<void>
}

export interface ServiceOptions {
  /** Settings of the service, as in docs/operators.md. */
  settings: Record<string, string>
  /** Arguments of `mirrorwise simulate`; null for no invented viewers. */
  month: string[] | null
  /** The Python module of the command line; the tests' module has a clock of its own. */
  module?: string
  /** Cancels the start. */
  signal?: AbortSignal
}

/** Starts the service on a free port of this machine; resolves when it listens. */
export async function startService({
  settings,
  month,
  module = 'instance',
  signal,
}: ServiceOptions): Promise<Service> {
  const folder = mkdtempSync(`${tmpdir()}/mirrorwise-`)
  const secret = randomBytes(24).toString('base64')
  const own = {
    MIRRORWISE_STATE_DIR: `${folder}/state`,
    MIRRORWISE_SECRET: secret,
    MIRRORWISE_PORT: '0',
  }
  const options = { cwd: ROOT, env: { ...process.env, ...own, ...settings } }
  let child: ChildProcess | null = null
  const stop = async (): Promise<void> => {
    if (child) await end(child)
    rmSync(folder, { recursive: true })
  }
  try {
    if (month) {
      // With low priority, because players may be playing meanwhile.
      const simulate = ['-n', '10', PYTHON, '-m', module, 'simulate', ...month]
      await promisify(execFile)('nice', simulate, { ...options, ...(signal && { signal }) })
    }
    child = spawn(PYTHON, ['-m', module, 'serve'], {
      ...options,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    return { url: await addressOf(child), secret, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function addressOf({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error('The service has no output to read its address from')
  for await (const line of createInterface(stdout)) {
    const found = /listens on (http\S+);/.exec(line)
    if (found?.[1]) return found[1]
  }
  throw new Error('The service ended without saying where it listens')
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}
