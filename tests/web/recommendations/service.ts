/** Starts the real service with invented videos and viewers, and pages built for this test. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'
import { ROOT } from '../../../web/build/layout.ts'
import { startService as start, type Service } from '../../../web/demo/server/service.ts'
import { MODULE } from '../clock.ts'
import { buildRecommendations } from '../../../web/build/recommendation-pages.ts'
import { buildReport } from '../../../web/build/report-page.ts'

export const TOKEN = 'admin-token-of-the-recommendations-test'

export interface Town {
  videos: number
  viewers: number
  days: number
}

/** Starts the service with a public address, so that it requires a token even locally. */
export async function startService({ videos, viewers, days }: Town): Promise<Service> {
  const folder = mkdtempSync(`${tmpdir()}/mirrorwise-recommendations-`)
  const settings = {
    MIRRORWISE_STATE_DIR: `${folder}/state`,
    MIRRORWISE_REPORT_DIR: `${folder}/report`,
    MIRRORWISE_ADMIN_TOKEN: TOKEN,
    MIRRORWISE_PUBLIC_URL: 'https://mirrorwise.example',
  }
  const fill = ['tests/web/python/fill.py', ...[videos, viewers, days].map(String)]
  await Promise.all([
    buildReport(`${folder}/report`),
    buildRecommendations(`${folder}/recommendations`),
    promisify(execFile)(`${ROOT}.venv/bin/python`, fill, {
      cwd: ROOT,
      env: { ...process.env, ...settings, PYTHONPATH: ROOT },
    }),
  ])
  const service = await start({ settings, month: null, module: MODULE })
  const stop = async (): Promise<void> => {
    await service.stop()
    rmSync(folder, { recursive: true })
  }
  return { ...service, stop }
}
