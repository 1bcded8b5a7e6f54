/** Boots Pyodide in the engine's worker, from the files of the manifest. */
import type { loadPyodide, Lockfile, PyodideAPI } from 'pyodide'

/** Names of the files beside the worker; the build defines them. */
export interface Assets {
  loader: string
  core: string
  wasm: string
  library: string
  lockFileContents: Lockfile
}

type ModuleFactory = Required<NonNullable<Parameters<typeof loadPyodide>[0]>>['createPyodideModule']

const beside = (name: string) => new URL(name, import.meta.url).href

/**
 * Starts Python in this worker; fails when a file is missing or broken.
 *
 * Needs no more from a Content Security Policy than `script-src 'self' 'wasm-unsafe-eval'` and
 * `connect-src 'self'`. All files are requested at once, because sequential requests would cost a
 * round trip each.
 */
export async function boot(assets: Assets): Promise<PyodideAPI> {
  const module = compiled(download(assets.wasm))
  const library = download(assets.library).then((response) => response.arrayBuffer())
  const started = Promise.all([
    imported(assets.loader) as Promise<typeof import('pyodide')>,
    imported(assets.core) as Promise<{ default: ModuleFactory }>,
  ]).then(([{ loadPyodide }, { default: createPyodideModule }]) => {
    handOver(module, library)
    return loadPyodide({
      indexURL: beside('.'),
      stdLibURL: beside(assets.library),
      packageBaseUrl: beside('.'),
      lockFileContents: assets.lockFileContents,
      createPyodideModule,
      stdout: warnOnce,
      stderr: warnOnce,
    })
  })
  // Pyodide itself would wait forever for a missing or broken file.
  const [python] = await Promise.all([started, module, library])
  return python
}

/** Compiles while the file comes; a proxy that has changed its type costs that, but no more. */
async function compiled(coming: Promise<Response>): Promise<WebAssembly.Module> {
  const response = await coming
  return response.headers.get('Content-Type') === 'application/wasm'
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer())
}

async function download(name: string): Promise<Response> {
  // Low priority, because segments come first: without the engine the fallback makes the plans.
  const response = await fetch(beside(name), { priority: 'low' })
  if (!response.ok) throw new Error(`${name}: HTTP status ${response.status}`)
  return response
}

/** Downloads a module at low priority, then imports it from the browser's cache. */
async function imported(name: string): Promise<unknown> {
  await (await download(name)).arrayBuffer()
  return import(beside(name))
}

/**
 * Gives Pyodide the downloads that have begun already; Pyodide would fetch later, by fixed names.
 * From here on nothing in this worker reaches the network.
 */
function handOver(module: Promise<WebAssembly.Module>, library: Promise<ArrayBuffer>): void {
  globalThis.fetch = async (input) =>
    new Response(new Request(input).url.endsWith('.zip') ? await library : null)
  WebAssembly.instantiateStreaming = async (_, imports) => ({
    module: await module,
    instance: await WebAssembly.instantiate(await module, imports),
  })
}

let warned = false

/** Logs the first line that Python prints; the engine itself prints nothing. */
function warnOnce(line: string): void {
  if (!warned) console.warn(`mirrorwise engine: ${line}`)
  warned = true
}
