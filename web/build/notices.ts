/** Notices of the programs of others that are part of what ships. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import type { Metafile } from 'esbuild'
import { ROOT } from './layout.ts'

/** Name of the file in the plugin's package and beside the operator's pages. */
export const NOTICES = 'THIRD-PARTY-NOTICES.txt'

/** Packages of others that are bundled into what ships. */
export const SHIPPED: readonly string[] = [
  '@noble/hashes',
  'events',
  'graphology',
  'graphology-layout-forceatlas2',
  'graphology-utils',
  'sigma',
  'uplot',
]

const PACKAGE = /node_modules\/((?:@[^/]+\/)?[^/]+)\//

/** The npm packages from which a bundle was made. */
export function packagesIn({ inputs }: Metafile): string[] {
  return [...new Set(Object.keys(inputs).flatMap((path) => PACKAGE.exec(path)?.[1] ?? []))]
}

/** The text of the notices; throws when a package does not state its licence. */
export function notices(): string {
  const parts = [engineNotice(), ...SHIPPED.map(notice)]
  return `${[HEAD, ...parts].join(`\n\n${'-'.repeat(72)}\n\n`)}\n`
}

const HEAD =
  'Mirrorwise is licensed under AGPL-3.0-or-later. It contains programs of others; these are ' +
  'their notices.'

function notice(name: string): string {
  const folder = `${ROOT}node_modules/${name}`
  const { version, license } = manifest(folder)
  const [file] = readdirSync(folder).filter((each) => /^licen[cs]e(\.|$)/i.test(each))
  if (!file) throw new Error(`${name} has no licence file: add its notice to web/build/notices.ts`)
  return `${name} ${version} (${license})\n\n${readFileSync(`${folder}/${file}`, 'utf8').trim()}`
}

/** The notice of Pyodide and of Python's standard library, of which the engine is made. */
function engineNotice(): string {
  const { version, license } = manifest(`${ROOT}node_modules/pyodide`)
  return `pyodide ${version} (${license})

The Python interpreter for browsers. Its source form is available under the Mozilla Public License
2.0, https://mozilla.org/MPL/2.0/, as the npm package "pyodide" of this version and in the
project's public repository. It contains CPython and modules of its standard library:

Copyright (c) 2001 Python Software Foundation; All Rights Reserved. Licensed under the PSF License
Agreement, https://docs.python.org/3/license.html.`
}

function manifest(folder: string): { version: string; license: string } {
  const file = `${folder}/package.json`
  if (!existsSync(file)) throw new Error(`${file} is missing: run script/bootstrap`)
  const { version, license } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  if (typeof version !== 'string' || typeof license !== 'string')
    throw new Error(`${file} states no version or no licence`)
  return { version, license }
}
