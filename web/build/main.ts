import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { build } from 'esbuild'
import { buildReport } from '../report/build.ts'
import { bundle, options } from './bundle.ts'
import { buildEngine } from './engine.ts'
import { CLIENT_SCRIPT, DEMO_DIR, ENGINE_FROM_CLIENT, PLUGIN, ROOT } from './layout.ts'
import { assetOf, type EngineManifest } from './manifest.ts'

const CLIENT = 'web/plugin/client/video-watch.ts'
const DEMO_PAGE = 'web/demo/page'

async function buildClient(engine: EngineManifest): Promise<void> {
  const worker = ENGINE_FROM_CLIENT + assetOf(engine.assets, 'worker').name
  const script = await bundle(CLIENT, {
    __MIRRORWISE_ENGINE__: { worker, version: engine.engine },
  })
  const path = `${ROOT}${PLUGIN}/${CLIENT_SCRIPT}`
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, script)
}

async function buildDemoPage(): Promise<void> {
  await build({
    ...options,
    entryPoints: ['main.ts', 'player.ts', '*.html', '*.css'].map((name) => `${DEMO_PAGE}/${name}`),
    outdir: DEMO_DIR,
    loader: { '.html': 'copy' },
  })
}

const engine = await buildEngine()
await buildClient(engine)
await buildDemoPage()
await buildReport()
const sizes = engine.assets.map(({ name, bytes, br_bytes, gz_bytes }) => ({
  name,
  ...{ bytes, br_bytes, gz_bytes },
}))
console.table(sizes)
const brotli = sizes.reduce((sum, { br_bytes }) => sum + br_bytes, 0)
console.log(`engine: ${(brotli / 1e6).toFixed(2)} MB with brotli`)
