/** `script/build`: builds the engine, the PeerTube package, the demo and the operator’s pages. */
import { build } from 'esbuild'
import { buildRecommendations } from './recommendation-pages.ts'
import { buildReport } from './report-page.ts'
import { options } from './bundle.ts'
import { buildEngine } from './engine.ts'
import { DEMO_DIR } from './layout.ts'
import { buildPackage } from './package.ts'

const DEMO_PAGE = 'web/demo/page'

async function buildDemoPage(): Promise<void> {
  await build({
    ...options,
    entryPoints: ['main.ts', 'player.ts', '*.html', '*.css'].map((name) => `${DEMO_PAGE}/${name}`),
    outdir: DEMO_DIR,
    loader: { '.html': 'copy' },
  })
}

const engine = await buildEngine()
await buildPackage(engine)
await buildDemoPage()
await buildReport()
await buildRecommendations()
const sizes = engine.assets.map(({ name, bytes, br_bytes, gz_bytes }) => ({
  name,
  ...{ bytes, br_bytes, gz_bytes },
}))
console.table(sizes)
const brotli = sizes.reduce((sum, { br_bytes }) => sum + br_bytes, 0)
console.log(`engine: ${(brotli / 1e6).toFixed(2)} MB with brotli`)
