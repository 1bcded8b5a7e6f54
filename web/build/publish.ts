/** Writes files under names that hold their hash, with brotli and gzip copies. */
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
      // The largest window that browsers must accept; the wasm exceeds the default window.
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  })

const gzipped = (content: Uint8Array) => promisify(gzip)(content, { level: 9 })

/** Writes a file under a name that holds its hash, and its compressed copies beside it. */
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

/** Compresses only once: a name holds the content's hash, so an existing file is right. */
async function once(path: string, make: () => Promise<Uint8Array>): Promise<Uint8Array> {
  if (existsSync(path)) return readFileSync(path)
  const content = await make()
  // Renamed into place, so that an interrupted build leaves no partial file under this name.
  writeFileSync(`${path}.part`, content)
  renameSync(`${path}.part`, path)
  return content
}
