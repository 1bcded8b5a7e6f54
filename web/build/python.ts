/** Helpers for a running Pyodide, under Node and in a browser. */
import type { PyodideAPI } from 'pyodide'
import type { Answer } from '../plugin/messages.ts'
import type { Ask } from './smoke-test.ts'

export type { PyodideAPI }

/** The part of Emscripten's file system that we use; Pyodide's types do not describe it. */
interface Files {
  mkdirTree: (path: string) => void
  writeFile: (path: string, content: Uint8Array) => void
  readFile: (path: string) => Uint8Array
}

const files = (python: PyodideAPI) => python.FS as Files

/** Creates a file, and the folders above it. */
export function writeFile(python: PyodideAPI, path: string, content: Uint8Array): void {
  files(python).mkdirTree(path.slice(0, path.lastIndexOf('/')) || '/')
  files(python).writeFile(path, content)
}

export const readFile = (python: PyodideAPI, path: string) => files(python).readFile(path)

export function importFrom(python: PyodideAPI, path: string): void {
  ;(python.pyimport('sys') as { path: { append: (path: string) => void } }).path.append(path)
}

/** Passes messages to the engine; `selector.browser` must be importable. */
export function askPython(python: PyodideAPI): Ask {
  const { handle } = python.pyimport('selector.browser') as { handle: (message: string) => string }
  return (message) => Promise.resolve(JSON.parse(handle(JSON.stringify(message))) as Answer)
}
