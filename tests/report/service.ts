/** The real service with invented viewers, in a folder of its own. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { ROOT } from '../../web/build/layout.ts'
import { buildReport } from '../../web/report/build.ts'

const PYTHON = `${ROOT}.venv/bin/python`
export const TOKEN = 'admin-token-of-the-report-test'

export interface Service {
  url: string
  stop: () => Promise<void>
}

/** With a public address, so that it wants a token even on this machine. */
export async function startService(): Promise<Service> {
  const folder = mkdtempSync(`${tmpdir()}/mirrorwise-report-`)
  const env = {
    ...process.env,
    MIRRORWISE_STATE_DIR: `${folder}/state`,
    MIRRORWISE_REPORT_DIR: `${folder}/page`,
    MIRRORWISE_ADMIN_TOKEN: TOKEN,
    MIRRORWISE_PUBLIC_URL: 'https://mirrorwise.example',
    MIRRORWISE_PORT: '0',
  }
  const options = { cwd: ROOT, env }
  await Promise.all([
    buildReport(`${folder}/page`),
    promisify(execFile)(PYTHON, ['-m', 'instance', 'simulate', '--viewers', '1500'], options),
  ])
  const child = spawn(PYTHON, ['-m', 'instance', 'serve'], {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const stop = async () => {
    await end(child)
    rmSync(folder, { recursive: true })
  }
  return { url: await addressOf(child), stop }
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
