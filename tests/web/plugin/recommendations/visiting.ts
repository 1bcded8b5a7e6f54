/** Visits of the watch page in Chromium. */
import { build } from 'esbuild'
import type { Page } from 'playwright-core'
import { options } from '../../../../web/build/bundle.ts'
import { ROOT } from '../../../../web/build/layout.ts'
import { openPage, type Ends, type Site } from './site.ts'
import { video, type Listed } from './videos.ts'

/** Opens the watch page as a viewer who has chosen before. */
export const visiting = (
  site: Pick<Site, 'browser' | 'instance'>,
  t: Ends,
  chosen: object = {},
  asksByFetch = false,
): Promise<Page> => openPage(site, t, `/w/${video(0).shortUUID}`, chosen, asksByFetch)

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
