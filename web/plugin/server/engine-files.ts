/** Serves the engine's files compressed and cached as immutable, because file names hold a hash. */
import { readdirSync } from 'node:fs'
import { extname } from 'node:path'
import type { Request, Response } from 'express'
import { HttpError } from './http-errors.ts'

/** Content types, without which neither a worker nor WebAssembly starts. */
const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
  '.zip': 'application/zip',
}

/** The coding with the shortest files first. */
const CODINGS = [
  { coding: 'br', extension: '.br' },
  { coding: 'gzip', extension: '.gz' },
]

export function engineFiles(folder: string) {
  // Only these names are served, so no request can leave the folder.
  const names = new Set(readdirSync(folder))
  return (request: Request, response: Response): void => {
    const name = request.params['file'] ?? ''
    const type = TYPES[extname(name)]
    if (type === undefined || !names.has(name)) {
      throw new HttpError(404, 'file', 'is not of this version of the engine')
    }
    const packed = CODINGS.find(
      ({ coding, extension }) =>
        names.has(name + extension) && request.acceptsEncodings(coding) !== false,
    )
    const path = name + (packed?.extension ?? '')
    response.set({
      'Content-Type': type,
      'X-Content-Type-Options': 'nosniff',
      'Cross-Origin-Resource-Policy': 'same-origin',
      Vary: 'Accept-Encoding',
      ETag: `"${path}"`,
    })
    if (packed) response.set('Content-Encoding', packed.coding)
    const options = { root: folder, maxAge: '30d', immutable: true, lastModified: false }
    // Without a callback, express would pass the error on to PeerTube.
    response.sendFile(path, options, (error?: Error) => {
      if (error && !response.headersSent) response.status(404).end()
    })
  }
}
