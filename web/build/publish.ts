/** Writes files under names with their hash, with brotli and gzip copies. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Asset, Role } from './manifest.ts'

export const sha256 = (content: Uint8Array | string) =>
  createHash('sha256').update(content).digest('hex')

export const brotli = (content: Uint8Array) =>
  promisify(brotliCompress)(content, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      // The largest window that browsers must accept; the wasm is longer than the default one.
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  })

const gzipped = (content: Uint8Array) => promisify(gzip)(content, { level: 9 })

/** Writes a file under a name made of its content, with its compressed copies beside it. */
export async function publish(
  directory: string,
  role: Role,
  stem: string,
  extension: string,
  content: Uint8Array,
): Promise<Asset> {
  const hash = sha256(content)
  const name = `${stem}.${hash.slice(0, 16)}.${extension}`
  const path = `${directory}/${name}`
  const [br, gz] = await Promise.all([
    once(`${path}.br`, () => brotli(content)),
    once(`${path}.gz`, () => gzipped(content)),
    once(path, () => Promise.resolve(content)),
  ])
  return {
    role,
    name,
    bytes: content.length,
    br_bytes: br.length,
    gz_bytes: gz.length,
    sha256: hash,
  }
}

/** A name made of the content says that a file which is there is right: compress only once. */
async function once(path: string, make: () => Promise<Uint8Array>): Promise<Uint8Array> {
  if (existsSync(path)) return readFileSync(path)
  const content = await make()
  // Renamed into place, so that an interrupted build leaves no half a file under the name.
  writeFileSync(`${path}.part`, content)
  renameSync(`${path}.part`, path)
  return content
}
