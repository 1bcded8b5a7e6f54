/** Pyodide as its documentation starts it in a worker, with the engine from a zip of sources. */
import type { Hello } from '../../web/plugin/messages.ts'

const here = new URL('.', import.meta.url).href

async function start(): Promise<void> {
  const { loadPyodide } = (await import(`${here}pyodide.mjs`)) as typeof import('pyodide')
  const python = await loadPyodide({ indexURL: here })
  const engine = await fetch(`${here}engine.zip`)
  python.unpackArchive(await engine.arrayBuffer(), 'zip')
  python.pyimport('selector.browser')
}

const hello = (message: Hello) => postMessage(message)

start().then(
  () => hello({ hello: 'ready', ready_ms: performance.now() }),
  (error: unknown) => hello({ hello: 'failed', reason: String(error) }),
)
