/** Starts the real service with invented viewers, and with pages built for this test. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { startService as start, type Service } from '../../../web/demo/server/service.ts'
import { MODULE, YESTERDAY } from '../clock.ts'
import { buildReport } from '../../../web/build/report-page.ts'

export const TOKEN = 'admin-token-of-the-report-test'

/** Starts the service with a public address, so that it requires a token even locally. */
export async function startService(): Promise<Service> {
  const pages = mkdtempSync(`${tmpdir()}/mirrorwise-report-`)
  const settings = {
    MIRRORWISE_REPORT_DIR: pages,
    MIRRORWISE_ADMIN_TOKEN: TOKEN,
    MIRRORWISE_PUBLIC_URL: 'https://mirrorwise.example',
  }
  await buildReport(pages)
  const service = await start({
    settings,
    month: ['--viewers', '2000', '--until', YESTERDAY],
    module: MODULE,
  })
  const stop = async (): Promise<void> => {
    await service.stop()
    rmSync(pages, { recursive: true })
  }
  return { ...service, stop }
}
