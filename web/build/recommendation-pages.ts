/** Builds the operator's pages on recommendations: static files without figures. */
import { build } from 'esbuild'
import { shipped } from './bundle.ts'
import { PAGES_DIR } from './layout.ts'

const FILES = [
  ...['figures-page.ts', 'graph-page.ts', 'layout-worker.ts', 'federation-page.ts'],
  ...['index.html', 'graph.html', 'federation.html', 'style.css'],
]

export async function buildRecommendations(folder = `${PAGES_DIR}/recommendations`): Promise<void> {
  await build({
    ...shipped,
    entryPoints: FILES.map((name) => `web/recommendations/${name}`),
    outdir: folder,
    loader: { '.html': 'copy' },
  })
}
