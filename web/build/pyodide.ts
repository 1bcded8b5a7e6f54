/** Boots Pyodide under Node, with the stock library or with ours. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { loadPyodide, type Lockfile } from 'pyodide'

/** The npm package's folder, which holds the stock runtime. */
export const PYODIDE_DIR = dirname(createRequire(import.meta.url).resolve('pyodide/package.json'))

/** Stock runtime, stock library. */
export const bootStock = (env: Record<string, string> = {}) =>
  loadPyodide({ indexURL: PYODIDE_DIR, env })

/** Stock runtime, the library at a path of this machine: what the browser boots, under Node. */
export const bootLibrary = (path: string) =>
  loadPyodide({
    indexURL: PYODIDE_DIR,
    stdLibURL: path,
    lockFileContents: emptyLockfile(),
    packageBaseUrl: PYODIDE_DIR,
  })

/** A lock file that offers no package: nothing more can be loaded. */
export function emptyLockfile(): Lockfile {
  const stock = JSON.parse(readFileSync(`${PYODIDE_DIR}/pyodide-lock.json`, 'utf8')) as Lockfile
  return { info: stock.info, packages: {} }
}
