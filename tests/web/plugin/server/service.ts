/** The real service, which can be restarted, and a proxy to it with faults. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { MODULE } from '../../clock.ts'
import * as demo from '../../../../web/demo/server/service.ts'

/** The real service; a restart keeps its stored data. */
export class Service {
  readonly secret = randomBytes(24).toString('base64')
  readonly folder = mkdtempSync(`${tmpdir()}/mirrorwise-service-`)
  readonly #settings: Record<string, string>
  #running: demo.Service | null = null

  constructor(settings: Record<string, string> = {}) {
    this.#settings = {
      MIRRORWISE_STATE_DIR: this.folder,
      MIRRORWISE_SECRET: this.secret,
      ...settings,
    }
  }

  async start(): Promise<void> {
    this.#running = await demo.startService({
      settings: this.#settings,
      month: null,
      module: MODULE,
    })
  }

  async stop(): Promise<void> {
    await this.#running?.stop()
  }

  forget(): void {
    rmSync(this.folder, { recursive: true })
  }

  get url(): string {
    return this.#running?.url ?? ''
  }

  /** The number of reports in the operator's report, which may be ten seconds old. */
  async counted(): Promise<number> {
    const answer = await fetch(`${this.url}/report.json`)
    return ((await answer.json()) as { reports: number }).reports
  }
}

/**
 * State of the connection:
 * - `whole`: passes requests and answers on
 * - `deaf`: passes requests on and cuts the connection instead of answering
 * - `cut`: cuts the connection at once
 * - `silent`: accepts requests and never answers
 */
type Condition = 'whole' | 'deaf' | 'cut' | 'silent'

/** A faulty TCP proxy. Its address stays the same when the service restarts on another port. */
export class Wire {
  condition: Condition = 'whole'
  /** Method and path of every request. */
  readonly asked: string[] = []
  /** Bodies of the requests with one, by method and path; the last of each. */
  readonly bodies = new Map<string, string>()
  readonly #service: Service
  readonly #server = createServer((asked, answer) => this.#pass(asked, answer))

  constructor(service: Service) {
    this.#service = service
  }

  async start(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening')
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  #pass(asked: IncomingMessage, answer: ServerResponse): void {
    const { condition } = this
    const { method = '', url = '', headers } = asked
    const line = `${method} ${url}`
    this.asked.push(line)
    const parts: Buffer[] = []
    asked.on('data', (part: Buffer) => parts.push(part))
    asked.on('end', () => this.bodies.set(line, Buffer.concat(parts).toString()))
    if (condition === 'cut') asked.socket.destroy()
    if (condition === 'cut' || condition === 'silent') return
    const passed = request(this.#service.url + url, { method, headers }, (answered) => {
      if (condition === 'deaf') {
        asked.socket.destroy()
        return
      }
      answer.writeHead(answered.statusCode ?? 500, answered.headers)
      answered.pipe(answer)
    })
    passed.on('error', () => asked.socket.destroy())
    asked.pipe(passed)
  }
}
