/** The files of the engine's Python tests. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { ENGINE_DIR, ROOT } from '../../../web/build/layout.ts'
import { assetOf, readManifest } from '../../../web/build/manifest.ts'
import { lockedWheels } from '../../../web/build/wheels.ts'

/** The suite's folder in Python's file system. */
export const SUITE = '/suite'

/** Paths of a file, in Python's file system and below the project's root. */
export type SuiteFile = [inPython: string, inProject: string]

/** Everything that `suite.py` needs: the engine's tests, pytest, and the shipped library. */
export function suiteFiles(): SuiteFile[] {
  const tests = readdirSync(`${ROOT}tests/selector`, { recursive: true })
    .map((name) => `tests/selector/${String(name)}`)
    // Tests of telemetry compare with numpy, which the browser does not have.
    .filter((path) => path.endsWith('.py') && !path.startsWith('tests/selector/telemetry/'))
  const library = `${ENGINE_DIR}/${assetOf(readManifest().assets, 'library').name}`
  return [
    ...tests.map((path): SuiteFile => [`${SUITE}/${path}`, path]),
    ...lockedWheels('engine-tests.lock').map((path): SuiteFile => [
      `${SUITE}/wheels/${basename(path)}`,
      inProject(path),
    ]),
    [`${SUITE}/library.zip`, inProject(library)],
    [`${SUITE}/suite.py`, 'tests/web/python/suite.py'],
  ]
}

const inProject = (path: string) => path.replace(ROOT, '')

/** Pytest's closing line; fails unless every test ran and passed. */
export function closingLine(printed: string): string {
  const line = printed.trimEnd().split('\n').at(-1) ?? ''
  assert.match(line, /^[1-9]\d* passed in /, `not every test ran and passed:\n${printed}`)
  return line
}
