/** A server that runs the built package as PeerTube 8.2 does: same parser, mounts, helpers. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { RegisterServerOptions } from '@peertube/peertube-types'
import express, {
  type ErrorRequestHandler,
  type NextFunction,
  type Request,
  type Response,
  type Router,
} from 'express'
import { ENGINE_DIR, PLUGIN, ROOT, SERVER_LIBRARY } from '../../../../web/build/layout.ts'
import type { BatchTiming } from '../../../../web/plugin/server/outbox.ts'

type Library = typeof import('../../../../web/plugin/server/main.ts')
type Kept = Record<string, string | boolean>
type Setting = Parameters<RegisterServerOptions['registerSetting']>[0]
interface Hook {
  target: string
  handler: (value: unknown) => unknown
}
type Query = (sql: string) => Promise<unknown[]>

export const VERSION = '0.1.0'
/** Bearer tokens of PeerTube's sessions, with the role of each user. */
const SESSIONS = new Map([
  ['administrator-session', 0],
  ['moderator-session', 1],
  ['user-session', 2],
])

/** All tests share one address, which may report as often as they like. */
const WHOLE_SCHOOL: Kept = { 'reports-per-address': '10000' }

/** Batch timing that is short enough for tests. */
export const QUICK: BatchTiming = { gather_s: 0.05, firstPause_s: 0.05, longestPause_s: 0.2 }

export interface Options {
  settings?: Kept
  /** Answers the plugin's database queries. */
  query?: Query
  timing?: BatchTiming
}

export class PeerTube {
  readonly settings: Setting[] = []
  /** Errors that have reached PeerTube's own handler; must stay empty. */
  readonly thrown: unknown[] = []
  readonly logged: string[] = []
  readonly #hooks: Hook[] = []
  readonly #router: Router = express.Router()
  readonly #server: Server
  #kept: Kept
  #query: Query
  #onChange: ((kept: Kept) => Promise<unknown>)[] = []
  plugin!: Awaited<ReturnType<Library['start']>>

  private constructor({ settings = {}, query = () => Promise.resolve([]) }: Options) {
    this.#kept = { ...WHOLE_SCHOOL, ...settings }
    this.#query = query
    this.#server = this.#app().listen(0, '127.0.0.1')
  }

  /** Starts a server that stops at the end of the test, passed or failed. */
  static async during(test: TestContext, options: Options = {}): Promise<PeerTube> {
    const peertube = await PeerTube.start(options)
    test.after(() => peertube.stop())
    return peertube
  }

  static async start(options: Options = {}): Promise<PeerTube> {
    const peertube = new PeerTube(options)
    await once(peertube.#server, 'listening')
    const library = createRequire(import.meta.url)(`${ROOT}${PLUGIN}/${SERVER_LIBRARY}`) as Library
    const { timing = QUICK } = options
    peertube.plugin = await library.start(peertube.#helpers(), ENGINE_DIR, timing)
    return peertube
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get router(): string {
    return `${this.origin}/plugins/mirrorwise/${VERSION}/router`
  }

  /** Changes settings, as an administrator's "Update plugin settings" does. */
  async set(kept: Kept): Promise<void> {
    this.#kept = { ...WHOLE_SCHOOL, ...kept }
    for (const hear of this.#onChange) await hear(this.#kept)
  }

  /** Passes a value through all handlers of a filter, as PeerTube does. */
  filter(target: string, value: unknown): unknown {
    const handlers = this.#hooks.filter((hook) => hook.target === target)
    return handlers.reduce((passed, { handler }) => handler(passed), value)
  }

  set query(query: Query) {
    this.#query = query
  }

  async stop(): Promise<void> {
    await this.plugin.outbox.close()
    this.#server.closeAllConnections()
    this.#server.close()
  }

  #app() {
    const app = express().set('trust proxy', 'loopback')
    app.use(
      express.json({
        type: ['application/json', 'application/*+json', 'text/plain'],
        limit: '500kb',
        verify: (request: Request, _, bytes) => {
          if (request.originalUrl.startsWith('/plugins/')) request.rawBody = bytes
        },
      }),
    )
    const routes = ['/plugins/mirrorwise/router', `/plugins/mirrorwise/${VERSION}/router`]
    app.use(routes, authenticate, this.#router)
    app.use((_: Request, response: Response) => void response.status(404).end())
    app.use(((error: { status?: number }, _, response, next) => {
      // An error with a status is from PeerTube's own parser, before the plugin.
      if (!error.status) this.thrown.push(error)
      if (response.headersSent) next(error)
      else response.status(error.status ?? 500).end()
    }) satisfies ErrorRequestHandler)
    return app
  }

  /** PeerTube's helpers, as far as the plugin uses them. */
  #helpers(): RegisterServerOptions {
    const log = (text: string) => void this.logged.push(text)
    return {
      registerSetting: (setting: Setting) => void this.settings.push(setting),
      settingsManager: {
        getSettings: (names: string[]) =>
          Promise.resolve(Object.fromEntries(names.map((name) => [name, this.#valueOf(name)]))),
        onSettingsChange: (hear: (kept: Kept) => Promise<unknown>) =>
          void this.#onChange.push(hear),
      },
      registerHook: ({ target, handler }: Hook) => void this.#hooks.push({ target, handler }),
      getRouter: () => this.#router,
      peertubeHelpers: {
        logger: { info: log, warn: log },
        database: { query: (sql: string) => this.#query(sql) },
        config: { getWebserverUrl: () => this.origin },
        user: { getAuthUser: (response: Response) => Promise.resolve(response.locals['user']) },
      },
    } as unknown as RegisterServerOptions
  }

  #valueOf(name: string) {
    return this.#kept[name] ?? this.settings.find((setting) => setting.name === name)?.default
  }
}

function authenticate(request: Request, response: Response, next: NextFunction): void {
  const token = request.headers.authorization?.replace(/^Bearer /, '')
  const role = SESSIONS.get(token ?? '')
  if (token !== undefined && role === undefined) {
    response.status(401).end()
    return
  }
  if (role !== undefined) response.locals['user'] = { role }
  next()
}
