/** Builds the engine's Python library: its bytecode, and that of standard modules it imports. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename } from 'node:path'
import type { PyProxy } from 'pyodide/ffi'
import { ROOT } from './layout.ts'
import { bootLibrary, bootStock } from './pyodide.ts'
import { askPython, importFrom, readFile, writeFile, type PyodideAPI } from './python.ts'
import { runSmokeTest } from './smoke-test.ts'
import { lockedWheels } from './wheels.ts'

/** Files and folders of the engine that are shipped to the browser. */
const SHIPPED = [
  'selector/__init__.py',
  'selector/bandit',
  'selector/swarm',
  'selector/telemetry',
  'selector/browser.py',
]

/** 1980-01-01, the earliest time that a zip can hold. */
const SOURCE_DATE_EPOCH = '315532800'

export interface Library {
  /** A stored zip of .pyc files. */
  zip: Uint8Array
  /** Version of the Python that compiled the library. */
  python: string
  /** First four bytes of its bytecode, in hexadecimal. */
  magic: string
}

/** The functions of `library.py`. */
interface Maker {
  imported_from_standard_library: () => PyProxy
  write_library: (modules: PyProxy, engine: string, target: string) => string
}

/** Paths, from the project's root, of the engine's Python sources. */
export function engineSources(): string[] {
  return SHIPPED.flatMap((path) =>
    statSync(ROOT + path).isFile()
      ? [path]
      : readdirSync(ROOT + path, { recursive: true }).map((name) => `${path}/${String(name)}`),
  )
    .filter((path) => path.endsWith('.py'))
    .sort()
}

/**
 * Compiles the engine, and those modules of the standard library that the engine or Pyodide's start
 * imports. Pyodide's own Python compiles, because bytecode of another version would not load.
 */
export async function makeLibrary(): Promise<Library> {
  const wheels = lockedWheels('pyodide-build.lock')
  const python = await bootStock({ SOURCE_DATE_EPOCH })
  writeFile(python, '/build/library.py', readFileSync(new URL('library.py', import.meta.url)))
  importFrom(python, '/build')
  const maker = python.pyimport('library') as Maker

  await importEverything(python)
  const modules = maker.imported_from_standard_library()
  for (const wheel of wheels) {
    writeFile(python, `/wheels/${basename(wheel)}`, readFileSync(wheel))
    importFrom(python, `/wheels/${basename(wheel)}`)
  }
  const magic = maker.write_library(modules, '/engine', '/library.zip')
  const zip = readFile(python, '/library.zip')
  await smoke(zip)
  const { python_version } = python.pyimport('platform') as { python_version: () => string }
  return { zip, python: python_version(), magic }
}

/** Imports all modules that a visit needs, and those that Python needs to format an exception. */
async function importEverything(python: PyodideAPI): Promise<void> {
  for (const source of engineSources()) {
    writeFile(python, `/engine/${source}`, readFileSync(ROOT + source))
  }
  importFrom(python, '/engine')
  await runSmokeTest(askPython(python))
  try {
    python.runPython('import selector; selector.no_such_name')
  } catch {
    return
  }
  throw new Error('Pyodide let an AttributeError pass')
}

/** Boots the library and runs the smoke test, so that a missing module fails the build. */
async function smoke(zip: Uint8Array): Promise<void> {
  const folder = mkdtempSync(`${tmpdir()}/mirrorwise-`)
  try {
    writeFileSync(`${folder}/library.zip`, zip)
    await runSmokeTest(askPython(await bootLibrary(`${folder}/library.zip`)))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
