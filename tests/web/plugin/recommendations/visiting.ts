/** Visits of the watch page in Chromium. */
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { options } from '../../../../web/build/bundle.ts'
import { ROOT } from '../../../../web/build/layout.ts'
import { TICKING } from '../../clock.ts'
import { HOPELESS_MS } from '../../until.ts'
import type { Instance } from './instance.ts'
import { video, type Listed } from './videos.ts'

export const KEPT = 'mirrorwise-recommendations'

/** A test, or what else ends. */
export interface Ends {
  after: (end: () => Promise<void>) => void
}

/** Opens the watch page as a viewer who has chosen before. */
export async function visiting(
  browser: Browser,
  instance: Instance,
  t: Ends,
  chosen: object = {},
  asksByFetch = false,
): Promise<Page> {
  const context = await browser.newContext()
  t.after(() => context.close())
  context.setDefaultTimeout(HOPELESS_MS)
  await context.addInitScript(TICKING)
  await context.addInitScript(
    `localStorage.getItem('${KEPT}') ?? localStorage.setItem('${KEPT}', '${JSON.stringify(chosen)}')`,
  )
  if (asksByFetch) await context.addInitScript('globalThis.asksByFetch = true')
  const page = await context.newPage()
  await page.goto(`${instance.origin}/w/${video(0).shortUUID}`)
  return page
}

/** Opens a video, and returns the names of the list; `searches` is the administrator's setting. */
export const opened = (page: Page, shown: Listed, searches = true): Promise<string[]> =>
  page.evaluate<string[]>(`watchPage.open(${JSON.stringify(shown)}, ${searches})`)

export async function watchPage(): Promise<string> {
  const { outputFiles } = await build({
    ...options,
    entryPoints: [`${ROOT}tests/web/plugin/recommendations/page.ts`],
    write: false,
  })
  return `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <title>A video</title>
  <link rel="stylesheet" href="/style.css" />
  <div class="player"><video src="/tone.wav" muted></video></div>
  <my-recommended-videos>
    <div class="title-page-container"><h2>Other videos</h2></div>
    <div class="other-videos"></div>
  </my-recommended-videos>
  <script type="module">${outputFiles[0]?.text ?? ''}</script>
</html>`
}
