/** Boots Pyodide under Node, with its own Python library or with ours. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { loadPyodide, type Lockfile } from 'pyodide'

/** The npm package's folder, which holds the stock runtime. */
export const PYODIDE_DIR = dirname(createRequire(import.meta.url).resolve('pyodide/package.json'))

/** Boots stock Pyodide with its own library. */
export const bootStock = (env: Record<string, string> = {}) =>
  loadPyodide({ indexURL: PYODIDE_DIR, env })

/** Boots stock Pyodide with the library at `path`, as the browser does, but under Node. */
export const bootLibrary = (path: string) =>
  loadPyodide({
    indexURL: PYODIDE_DIR,
    stdLibURL: path,
    lockFileContents: emptyLockfile(),
    packageBaseUrl: PYODIDE_DIR,
  })

/** A lock file without packages, so that Pyodide can load nothing more. */
export function emptyLockfile(): Lockfile {
  const stock = JSON.parse(readFileSync(`${PYODIDE_DIR}/pyodide-lock.json`, 'utf8')) as Lockfile
  return { info: stock.info, packages: {} }
}
