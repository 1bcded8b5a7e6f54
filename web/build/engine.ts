/** Builds the engine's files and manifest: Pyodide, the Python library, the worker; compressed. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { version as pyodide } from 'pyodide'
import type { Assets } from '../plugin/worker/boot.ts'
import { bundle } from './bundle.ts'
import { ENGINE_DIR, ROOT } from './layout.ts'
import { engineSources, makeLibrary } from './library.ts'
import { assetOf, readManifest } from './manifest.ts'
import type { Asset, EngineManifest, Role } from './manifest.ts'
import { publish, sha256 } from './publish.ts'
import { emptyLockfile, PYODIDE_DIR } from './pyodide.ts'

/** Inputs of the engine's files, besides its own Python sources. */
const INPUTS = ['package-lock.json', 'pyproject.toml', 'requirements/pyodide-build.lock']
const INPUT_FOLDERS = ['web/build', 'web/plugin/worker']

/** Builds the engine's files, unless the last build had the same inputs. */
export async function buildEngine(): Promise<EngineManifest> {
  const inputs = hashOfInputs()
  const built = lastBuild()
  if (built?.inputs === inputs) {
    console.log('engine: unchanged')
    return built
  }
  console.log('engine: compiling it and its library inside Pyodide …')
  const { zip, python, magic } = await makeLibrary()
  console.log('engine: compressing (half a minute when the runtime is new) …')
  const assets = await publishAll(zip)
  const manifest = { engine: projectVersion(), pyodide, python, magic, inputs, assets }
  writeFileSync(`${ENGINE_DIR}/manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`)
  removeAllBut(assets)
  return manifest
}

async function publishAll(library: Uint8Array): Promise<Asset[]> {
  mkdirSync(ENGINE_DIR, { recursive: true })
  const stock = (name: string) => readFileSync(`${PYODIDE_DIR}/${name}`)
  const [loader, core, wasm, zip] = await Promise.all([
    publish(ENGINE_DIR, 'loader', 'pyodide', 'mjs', stock('pyodide.mjs')),
    publish(ENGINE_DIR, 'core', 'pyodide.asm', 'mjs', stock('pyodide.asm.mjs')),
    publish(ENGINE_DIR, 'wasm', 'pyodide.asm', 'wasm', stock('pyodide.asm.wasm')),
    publish(ENGINE_DIR, 'library', 'library', 'zip', library),
  ])
  const assets = [loader, core, wasm, zip]
  const worker = await bundle('web/plugin/worker/engine-worker.ts', {
    __MIRRORWISE_ASSETS__: workerAssets(assets),
  })
  return [await publish(ENGINE_DIR, 'worker', 'engine-worker', 'js', worker), ...assets]
}

/** The files that the worker boots from; `folder` is their path, relative to the worker. */
export function workerAssets(assets: Asset[], folder = ''): Assets {
  const path = (role: Role) => folder + assetOf(assets, role).name
  return {
    loader: path('loader'),
    core: path('core'),
    wasm: path('wasm'),
    library: path('library'),
    lockFileContents: emptyLockfile(),
  }
}

function hashOfInputs(): string {
  const sources = INPUT_FOLDERS.flatMap((folder) =>
    readdirSync(ROOT + folder).map((name) => `${folder}/${name}`),
  ).filter((path) => /\.(ts|py)$/.test(path))
  const paths = [...INPUTS, ...sources, ...engineSources()].sort()
  return sha256(paths.map((path) => `${path} ${sha256(readFileSync(ROOT + path))}\n`).join(''))
}

/** The manifest of the last build, or null if a file of it is missing. */
function lastBuild(): EngineManifest | null {
  if (!existsSync(`${ENGINE_DIR}/manifest.json`)) return null
  const manifest = readManifest()
  return filesOf(manifest.assets).every((name) => existsSync(`${ENGINE_DIR}/${name}`))
    ? manifest
    : null
}

const filesOf = (assets: Asset[]) =>
  assets.flatMap(({ name }) => [name, `${name}.br`, `${name}.gz`])

function removeAllBut(assets: Asset[]): void {
  const wanted = new Set(['manifest.json', ...filesOf(assets)])
  for (const name of readdirSync(ENGINE_DIR)) {
    if (!wanted.has(name)) rmSync(`${ENGINE_DIR}/${name}`)
  }
}

function projectVersion(): string {
  const found = /^version = "(.+)"$/m.exec(readFileSync(`${ROOT}pyproject.toml`, 'utf8'))
  if (!found?.[1]) throw new Error('pyproject.toml states no version')
  return found[1]
}
