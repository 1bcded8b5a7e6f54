/** Builds stock Pyodide with the engine, the baseline that our start-up is compared with. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { version } from 'pyodide'
import { bundle } from '../../web/build/bundle.ts'
import { ROOT } from '../../web/build/layout.ts'
import { engineSources } from '../../web/build/library.ts'
import { brotli } from '../../web/build/publish.ts'
import { PYODIDE_DIR } from '../../web/build/pyodide.ts'

const RUNTIME = [
  'pyodide.mjs',
  'pyodide.asm.mjs',
  'pyodide.asm.wasm',
  'python_stdlib.zip',
  'pyodide-lock.json',
]

/** Makes a folder with the files for the engine on stock Pyodide, compressed like ours. */
export async function prepareStock(): Promise<string> {
  const folder = `${ROOT}.cache/stock-${version}`
  mkdirSync(folder, { recursive: true })
  await Promise.all(RUNTIME.map((name) => compressOnce(folder, name)))
  const zip = `${folder}/engine.zip`
  execFileSync('python3', ['-c', ZIP_SOURCES, zip, ...engineSources()], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  writeFileSync(`${zip}.br`, await brotli(readFileSync(zip)))
  const worker = await bundle('benchmarks/startup/stock-worker.ts')
  writeFileSync(`${folder}/worker.js`, worker)
  writeFileSync(`${folder}/worker.js.br`, await brotli(worker))
  return folder
}

const ZIP_SOURCES = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
    for path in sys.argv[2:]:
        archive.write(path)
`

async function compressOnce(folder: string, name: string): Promise<void> {
  const path = `${folder}/${name}`
  if (existsSync(`${path}.br`)) return
  copyFileSync(`${PYODIDE_DIR}/${name}`, path)
  writeFileSync(`${path}.br`, await brotli(readFileSync(path)))
}
