/** Runs the engine's own tests in a browser's worker, on stock Pyodide. */
import type { loadPyodide } from 'pyodide'
import { importFrom, writeFile } from '../../../web/build/python.ts'
import type { SuiteFile } from './suite.ts'

export interface SuiteOrder {
  /** URL of the project's root. */
  root: string
  /** Path of stock Pyodide below the root. */
  pyodide: string
  folder: string
  files: SuiteFile[]
}

addEventListener('message', ({ data }: MessageEvent<SuiteOrder>) => {
  run(data).then(postMessage, (error: unknown) => postMessage(String(error)))
})

async function run({ root, pyodide, folder, files }: SuiteOrder): Promise<string> {
  const indexURL = `${root}${pyodide}/`
  const module = (await import(`${indexURL}pyodide.mjs`)) as { loadPyodide: typeof loadPyodide }
  const python = await module.loadPyodide({ indexURL })
  for (const [path, source] of files) {
    const response = await fetch(root + source)
    writeFile(python, path, new Uint8Array(await response.arrayBuffer()))
  }
  importFrom(python, folder)
  return (python.pyimport('suite') as { run: (folder: string) => string }).run(folder)
}
