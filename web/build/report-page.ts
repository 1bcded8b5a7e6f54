/** Makes the operator's page: static files that hold no figures, for the service to hand out. */
import { copyFileSync } from 'node:fs'
import { build } from 'esbuild'
import { options } from './bundle.ts'
import { PAGES_DIR, ROOT } from './layout.ts'

const PAGE = 'web/report'

export async function buildReport(folder = `${PAGES_DIR}/report`): Promise<void> {
  await build({
    ...options,
    entryPoints: ['main.ts', 'index.html', 'style.css'].map((name) => `${PAGE}/${name}`),
    outdir: folder,
    loader: { '.html': 'copy' },
  })
  copyFileSync(`${ROOT}docs/pictures/coin.svg`, `${folder}/coin.svg`)
}
