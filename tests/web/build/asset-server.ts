/** A static file server under a strict content security policy. */
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { extname, normalize } from 'node:path'

/** A content security policy with only the permissions that the engine's worker needs. */
export const STRICT_CSP =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; " +
  "connect-src 'self'; report-uri /csp-report"

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
}

/** Sends a response's body after its headers. */
export type Send = (response: ServerResponse, body: Buffer) => void

interface Options {
  send?: Send
  /** Headers of every response. */
  headers?: Record<string, string>
}

export interface AssetServer {
  origin: string
  /** Method and path of every request, in order. */
  requests: string[]
  /** Bytes written to all connections so far, headers included. */
  wireBytes: () => number
  close: () => Promise<void>
}

/**
 * Serves an empty page at `/`, and the files of each folder below its path; the first matching path
 * counts. Files are served under the strict policy, cached for good, and as brotli if there is a
 * compressed copy.
 */
export async function serveAssets(
  folders: Record<string, string>,
  { send = (response, body) => void response.end(body), headers: extra = {} }: Options = {},
): Promise<AssetServer> {
  const requests: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((request, response) => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`)
    const { status, headers, body } = answer(request, folders)
    response.writeHead(status, { 'content-security-policy': STRICT_CSP, ...headers, ...extra })
    send(response, body)
  })
  server.on('connection', (socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    wireBytes: () => [...sockets].reduce((sum, socket) => sum + socket.bytesWritten, 0),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface File {
  status: number
  headers: Record<string, string>
  body: Buffer
}

function answer(request: IncomingMessage, folders: Record<string, string>): File {
  const path = normalize(new URL(request.url ?? '/', 'http://localhost').pathname)
  if (path === '/') {
    const body = Buffer.from('<!doctype html><title>engine</title>')
    return { status: 200, headers: { 'content-type': TYPES['.html'] ?? '' }, body }
  }
  const mount = Object.keys(folders).find((prefix) => path.startsWith(prefix))
  const file = mount === undefined ? '' : `${folders[mount] ?? ''}/${path.slice(mount.length)}`
  if (!existsSync(file)) return { status: 404, headers: {}, body: Buffer.alloc(0) }
  const headers = {
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'cache-control': 'public, max-age=2592000, immutable',
    vary: 'accept-encoding',
  }
  const brotli = `${file}.br`
  if (!/\bbr\b/.test(String(request.headers['accept-encoding'])) || !existsSync(brotli)) {
    return { status: 200, headers, body: readFileSync(file) }
  }
  return {
    status: 200,
    headers: { ...headers, 'content-encoding': 'br' },
    body: readFileSync(brotli),
  }
}
