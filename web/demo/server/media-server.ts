/**
 * One host on loopback: serves files with byte ranges at a limited rate, with latency and faults.
 *
 * Each viewer (by the page's origin) has limits of its own, so that two players side by side meet
 * the same host without slowing each other down.
 */
import { setMaxListeners } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { open, readFile, type FileHandle } from 'node:fs/promises'
import type { AddressInfo, Socket } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { HEALTHY, type Conditions } from './conditions.ts'

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.mjs': 'text/javascript; charset=utf-8',
  '.mp4': 'video/mp4',
  '.svg': 'image/svg+xml',
  '.ts': 'video/mp2t',
  // Pyodide refuses to load its core with any other type.
  '.wasm': 'application/wasm',
}

/** Duration of one piece of a body: Node's timers are coarse, but the rate stays smooth. */
const PIECE_MS = 20

export interface ServedRequest {
  at_ms: number
  viewer: string
  method: string
  path: string
  range: string | null
  authorization: string | null
  segment: boolean
  status: number
  /** Bytes of the body written to the connection so far. */
  sent: number
  ended: 'serving' | 'done' | 'closed-by-viewer' | 'closed-by-host'
}

/** Handles a request, or returns false so that a file is served. */
export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
) => boolean | Promise<boolean>

export interface MediaServerOptions {
  name: string
  /** URL prefix (ending in `/`) to folder. */
  mounts: Record<string, string>
  conditions?: Partial<Conditions>
  handler?: Handler
  /** Files below `/private/` need this `Authorization` header. */
  authorization?: string
}

export class MediaServer {
  readonly name: string
  conditions: Conditions
  /** Every request seen, oldest first. */
  /** Known once the server has started, also after it has stopped. */
  port = 0
  readonly requests: ServedRequest[] = []
  readonly #options: MediaServerOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** When each viewer's last scheduled piece will have been sent. */
  readonly #pathFreeAt_ms = new Map<string, number>()
  readonly #stopping = new AbortController()

  constructor(options: MediaServerOptions) {
    this.name = options.name
    this.#options = options
    this.conditions = { ...HEALTHY, ...options.conditions }
    // Every in-flight request listens for this signal.
    setMaxListeners(0, this.#stopping.signal)
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        if (!this.#stopping.signal.aborted) console.error(`${this.name}:`, error)
        response.destroy()
      })
    })
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  async start(port = 0): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, '127.0.0.1', resolve)
    })
    this.port = (this.#server.address() as AddressInfo).port
    return this
  }

  /** For instance `http://127.0.0.1:8080`. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** In-flight requests; after the player has gone, these are leaks. */
  get serving(): ServedRequest[] {
    return this.requests.filter((request) => request.ended === 'serving')
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    response.setHeader('Access-Control-Allow-Origin', '*')
    const log = this.#log(request, response, url)
    if (this.conditions.fault === 'gone') {
      log.ended = 'closed-by-host'
      response.destroy()
      return
    }
    if (request.method === 'OPTIONS') {
      response.setHeader('Access-Control-Allow-Headers', '*, Authorization')
      response.writeHead(204).end()
      return
    }
    if (await this.#options.handler?.(request, response, url)) return
    const name = this.#find(url.pathname)
    const file = name === null ? null : await open(name).catch(() => null)
    try {
      if (name === null || !(await file?.stat())?.isFile() || file === null) {
        response.writeHead(404, { 'Content-Type': 'text/plain' }).end('no such file\n')
        return
      }
      const { authorization } = this.#options
      const isPrivate = authorization && url.pathname.includes('/private/')
      if (isPrivate && log.authorization !== authorization) {
        response.writeHead(403).end()
        return
      }
      response.setHeader('Content-Type', TYPES[path.extname(name)] ?? 'application/octet-stream')
      if (log.segment) await this.#serveSegment(request, response, file, log)
      else await this.#serveFile(request, response, name, file)
    } finally {
      await file?.close()
    }
  }

  #log(request: IncomingMessage, response: ServerResponse, url: URL): ServedRequest {
    const log: ServedRequest = {
      at_ms: performance.now(),
      viewer: request.headers.origin ?? `http://${request.headers.host ?? ''}`,
      method: request.method ?? 'GET',
      path: url.pathname,
      range: request.headers.range ?? null,
      authorization: request.headers.authorization ?? null,
      segment: ['.mp4', '.ts'].includes(path.extname(url.pathname)),
      status: 0,
      sent: 0,
      ended: 'serving',
    }
    this.requests.push(log)
    response.on('close', () => {
      log.status = response.statusCode
      if (log.ended === 'serving') {
        log.ended = response.writableFinished ? 'done' : 'closed-by-viewer'
      }
    })
    return log
  }

  #find(pathname: string): string | null {
    for (const [prefix, folder] of Object.entries(this.#options.mounts)) {
      if (!pathname.startsWith(prefix)) continue
      const file = path.join(folder, decodeURIComponent(pathname.slice(prefix.length)))
      return file.startsWith(path.resolve(folder) + path.sep) ? file : null
    }
    return null
  }

  async #serveFile(
    request: IncomingMessage,
    response: ServerResponse,
    name: string,
    file: FileHandle,
  ): Promise<void> {
    const accepts = request.headers['accept-encoding'] ?? ''
    const brotli = /\bbr\b/.test(accepts) ? await readFile(`${name}.br`).catch(() => null) : null
    if (brotli) response.setHeader('Content-Encoding', 'br')
    response.end(brotli ?? (await file.readFile()))
  }

  async #serveSegment(
    request: IncomingMessage,
    response: ServerResponse,
    file: FileHandle,
    log: ServedRequest,
  ): Promise<void> {
    const { fault, latency_ms, jitter_ms } = this.conditions
    const close = (): void => {
      log.ended = 'closed-by-host'
      response.destroy()
    }
    if (fault === 'refuse') {
      close()
      return
    }
    await this.#sleep(latency_ms + Math.random() * jitter_ms)
    if (fault === 'silent') return
    if (fault === 'http-503' || fault === 'http-404') {
      response.writeHead(fault === 'http-503' ? 503 : 404).end()
      return
    }
    const body = await this.#range(response, fault === 'no-ranges' ? null : log.range, file)
    // A second visit must not get files from the browser's cache.
    response.setHeader('Cache-Control', 'no-store')
    response.setHeader('Content-Length', body.length)
    if (request.method === 'HEAD') {
      response.end()
      return
    }
    const wanted = fault === 'cut' || fault === 'freeze' ? body.length >> 1 : body.length
    await this.#send(response, log, fault === 'flip' ? flipped(body) : body.subarray(0, wanted))
    if (fault === 'cut') close()
    else if (fault !== 'freeze') response.end()
  }

  async #range(response: ServerResponse, range: string | null, file: FileHandle): Promise<Buffer> {
    const { size } = await file.stat()
    const match = /^bytes=(\d+)-(\d*)$/.exec(range ?? '')
    if (!match) return file.readFile()
    const start = Number(match[1])
    const end = Math.min(match[2] ? Number(match[2]) : Infinity, size - 1)
    if (start > end) {
      response.statusCode = 416
      response.setHeader('Content-Range', `bytes */${size}`)
      return Buffer.alloc(0)
    }
    response.statusCode = 206
    response.setHeader('Content-Range', `bytes ${start}-${end}/${size}`)
    const body = Buffer.alloc(end + 1 - start)
    await file.read(body, 0, body.length, start)
    return body
  }

  async #send(response: ServerResponse, log: ServedRequest, body: Buffer): Promise<void> {
    let offset = 0
    response.flushHeaders()
    while (offset < body.length && !response.destroyed) {
      const rate = this.conditions.rate_kBps
      const size = rate === null ? body.length : Math.max(512, Math.round(rate * PIECE_MS))
      const piece = body.subarray(offset, offset + size)
      if (rate !== null) await this.#waitForPath(log.viewer, piece.length / rate)
      if (!response.write(piece)) await drained(response)
      offset += piece.length
      log.sent = offset
    }
  }

  /** Rate limit: waits until this piece, `busy_ms` long, is sent after all earlier pieces. */
  async #waitForPath(viewer: string, busy_ms: number): Promise<void> {
    const now = performance.now()
    const free = Math.max(this.#pathFreeAt_ms.get(viewer) ?? 0, now) + busy_ms
    this.#pathFreeAt_ms.set(viewer, free)
    await this.#sleep(free - now)
  }

  async #sleep(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal })
  }
}

function flipped(body: Buffer): Buffer {
  const wrong = Buffer.from(body)
  for (let i = wrong.length >> 2; i < wrong.length; i += 4096) wrong[i] = (wrong[i] ?? 0) ^ 0xff
  return wrong
}

function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
  })
}
