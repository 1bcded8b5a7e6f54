/** Downloads the Python wheels of a lock file. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { ROOT } from './layout.ts'
import { sha256 } from './publish.ts'

/** The Python inside Pyodide; pip fetches wheels for it, though pip runs on another version. */
const PYTHON_VERSION = '3.14'

/** Paths of the wheels in a lock file; pip downloads them on the first call. */
export function lockedWheels(lock: string): string[] {
  const lockPath = `${ROOT}requirements/${lock}`
  const directory = `${ROOT}.cache/wheels/${sha256(readFileSync(lockPath)).slice(0, 16)}`
  if (!existsSync(directory)) fetchWheels(lockPath, directory)
  return readdirSync(directory)
    .sort()
    .map((name) => `${directory}/${name}`)
}

function fetchWheels(lockPath: string, directory: string): void {
  const venv = `${ROOT}.venv/bin/python`
  const python = existsSync(venv) ? venv : 'python3'
  const part = `${directory}.part`
  rmSync(part, { recursive: true, force: true })
  mkdirSync(part, { recursive: true })
  const options = ['--no-deps', '--require-hashes', '--only-binary=:all:']
  try {
    execFileSync(
      python,
      ['-m', 'pip', '-qq', 'download', ...options]
        .concat('--disable-pip-version-check', '--python-version', PYTHON_VERSION)
        .concat('--requirement', lockPath, '--dest', part),
      { stdio: ['ignore', 'inherit', 'inherit'] },
    )
  } catch (error) {
    throw new Error(
      `pip could not fetch the wheels of ${lockPath}: see its message above, ` +
        'then check that this machine reaches a Python package index and build again',
      { cause: error },
    )
  }
  renameSync(part, directory)
}
