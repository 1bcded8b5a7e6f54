/** Runs the built plugin's server part with PeerTube's body parser, mounts and helpers. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import type { RegisterServerOptions } from '@peertube/peertube-types'
import express, { type Request } from 'express'
import { ENGINE_DIR, PLUGIN, ROOT, SERVER_LIBRARY } from '../../build/layout.ts'

type Library = typeof import('../../plugin/server/main.ts')
type Setting = Parameters<RegisterServerOptions['registerSetting']>[0]

/** The plugin's settings as PeerTube stores them. */
export type PluginSettings = Record<string, string | boolean>

/** Shorter times than an instance's, which gathers more reports before it sends a batch. */
const BATCH_TIMING = { gather_s: 1, firstPause_s: 1, longestPause_s: 10 }

const KEEPER_ROOM = 100e6

/** The content of PeerTube's database. */
export interface Known {
  webserver: string
  /** Base URLs of the hosts that have the video. */
  hosts: string[]
  /** Addresses of the video if it is another instance's, as in PeerTube's database. */
  remote: { playlistUrl: string; digestsUrl: string } | null
}

export class PluginServer {
  readonly #known: Known
  readonly #app = express()
  readonly #router = express.Router()
  readonly #settings: Setting[] = []
  readonly #listeners: ((kept: PluginSettings) => Promise<unknown>)[] = []
  readonly #folder = mkdtempSync(`${tmpdir()}/mirrorwise-`)
  #kept: PluginSettings
  #plugin: Awaited<ReturnType<Library['start']>> | null = null

  private constructor(known: Known, kept: PluginSettings) {
    this.#known = known
    this.#kept = kept
    const verify = (request: Request, _: unknown, bytes: Buffer): void => {
      request.rawBody = bytes
    }
    this.#app.use(express.json({ limit: '500kb', verify }))
    this.#app.use(['/plugins/:name/:version/router', '/plugins/:name/router'], this.#router)
  }

  static async start(known: Known, kept: PluginSettings): Promise<PluginServer> {
    const server = new PluginServer(known, kept)
    const library = createRequire(import.meta.url)(`${ROOT}${PLUGIN}/${SERVER_LIBRARY}`) as Library
    server.#plugin = await library.start(server.#options(), ENGINE_DIR, BATCH_TIMING)
    return server
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    this.#app(request, response)
  }

  /** Settings that are not private. */
  get publicSettings(): Record<string, unknown> {
    const shared = this.#settings.filter((setting) => !setting.private)
    return Object.fromEntries(shared.map(({ name = '' }) => [name, this.#valueOf(name)]))
  }

  /** Changes settings, as an administrator's "Update plugin settings" does. */
  async set(change: PluginSettings): Promise<void> {
    this.#kept = { ...this.#kept, ...change }
    for (const hear of this.#listeners) await hear(this.#kept)
  }

  /** Keeps the video's small files, as when somebody watches it. */
  async keep(uuid: string): Promise<void> {
    await this.#plugin?.keeper.watched(uuid, KEEPER_ROOM)
  }

  async stop(): Promise<void> {
    await this.#plugin?.outbox.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** The helpers that the plugin uses. */
  #options(): RegisterServerOptions {
    const { webserver, hosts, remote } = this.#known
    const videos = remote ? [remote] : []
    const rows = hosts.map((origin) => ({ origin, mirrors: true }))
    return {
      registerSetting: (setting: Setting) => void this.#settings.push(setting),
      settingsManager: {
        getSettings: (names: string[]) =>
          Promise.resolve(Object.fromEntries(names.map((name) => [name, this.#valueOf(name)]))),
        onSettingsChange: (hear: (kept: PluginSettings) => Promise<unknown>) =>
          void this.#listeners.push(hear),
      },
      registerHook: () => undefined,
      getRouter: () => this.#router,
      peertubeHelpers: {
        logger: { info: () => undefined, warn: console.warn },
        database: {
          query: (sql: string) => Promise.resolve(sql.includes('playlist.') ? videos : rows),
        },
        plugin: { getDataDirectoryPath: () => this.#folder },
        config: { getWebserverUrl: () => webserver },
        user: { getAuthUser: () => Promise.resolve(undefined) },
      },
    } as unknown as RegisterServerOptions
  }

  #valueOf(name: string): unknown {
    return this.#kept[name] ?? this.#settings.find((setting) => setting.name === name)?.default
  }
}
