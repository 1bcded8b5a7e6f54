/** Builds the operator's report page: static files without figures, which the service serves. */
import { copyFileSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import { shipped } from './bundle.ts'
import { PAGES_DIR, ROOT } from './layout.ts'
import { NOTICES, notices } from './notices.ts'

const PAGE = 'web/report'

export async function buildReport(folder = `${PAGES_DIR}/report`): Promise<void> {
  await build({
    ...shipped,
    entryPoints: ['main.ts', 'index.html', 'style.css'].map((name) => `${PAGE}/${name}`),
    outdir: folder,
    loader: { '.html': 'copy' },
  })
  copyFileSync(`${ROOT}docs/pictures/coin.svg`, `${folder}/coin.svg`)
  writeFileSync(`${folder}/${NOTICES}`, notices())
}
