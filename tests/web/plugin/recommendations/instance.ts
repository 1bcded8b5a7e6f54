/** A server that lists videos, and runs the built package's hooks as PeerTube does. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import type { RegisterServerOptions } from '@peertube/peertube-types'
import express, { type Request, type Response } from 'express'
import { ENGINE_DIR, PLUGIN, ROOT, SERVER_LIBRARY } from '../../../../web/build/layout.ts'
import { QUICK } from '../server/peertube.ts'
import { inPeerTubesForm, isLocal, VIDEOS, type Video } from './videos.ts'

type Library = typeof import('../../../../web/plugin/server/main.ts')
type Plugin = Awaited<ReturnType<Library['start']>>
type Handler = (value: unknown, context?: unknown) => Promise<unknown>
type Query = Record<string, unknown>

const PACKAGE = `${ROOT}${PLUGIN}`
const LISTED = 'start count sort tagsOneOf uuids searchTarget languageOneOf isLocal'.split(' ')

export class Instance {
  /** Method and address of every request, with its preferences and body. */
  readonly asked: { line: string; preferences: string | undefined; body: unknown }[] = []
  readonly blocked = new Set<Video>()
  /** The logged-in user; `channels` are the user's subscriptions. */
  user: object | undefined
  channels: string[] = []
  /** How long the page waits for the settings. */
  settingsWait_ms = 0
  readonly page: string
  plugin!: Plugin
  readonly #hooks = new Map<string, Handler>()
  readonly #server: Server
  readonly #router = express.Router()
  #kept: Record<string, string | boolean> = {}
  #onChange: ((kept: Query) => Promise<unknown>)[] = []

  private constructor(page: string) {
    this.page = page
    this.#server = this.#app().listen(0, '127.0.0.1')
  }

  static async start(page: string): Promise<Instance> {
    const instance = new Instance(page)
    await once(instance.#server, 'listening')
    const library = createRequire(import.meta.url)(`${PACKAGE}/${SERVER_LIBRARY}`) as Library
    instance.plugin = await library.start(instance.#options(), ENGINE_DIR, QUICK)
    return instance
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get router(): string {
    return `${this.origin}/plugins/mirrorwise/0.1.0/router/`
  }

  async set(kept: Record<string, string | boolean>): Promise<void> {
    this.#kept = { ...this.#kept, ...kept }
    for (const hear of this.#onChange) await hear(this.#kept)
  }

  async stop(): Promise<void> {
    await this.plugin.close()
    this.#server.closeAllConnections()
    this.#server.close()
  }

  #app() {
    const verify = (request: Request, _: unknown, bytes: Buffer) => {
      request.rawBody = bytes
    }
    const app = express().use(express.json({ limit: '500kb', verify }))
    app.use((request, _, next) => {
      const { method, originalUrl, headers } = request
      const preferences = headers['mirrorwise-wishes'] as string | undefined
      this.asked.push({
        line: `${method} ${originalUrl}`,
        preferences,
        body: request.body as unknown,
      })
      next()
    })
    app.use('/plugins/mirrorwise/0.1.0/router', this.#router)
    app.use('/plugins/mirrorwise/0.1.0/client-scripts', express.static(PACKAGE))
    app.get('/p/mirrorwise/for-you', (_, response) => response.type('html').send(ROUTE))
    app.get('/api/v1/search/videos', (request, response) => {
      void this.#search(request, response)
    })
    app.get('/api/v1/videos', (request, response) => {
      response.json(listed(this.#found({ ...request.query }), 'total'))
    })
    for (const [what, name] of [
      ['accounts', 'account'],
      ['video-channels', 'channel'],
    ] as const) {
      app.get(`/api/v1/${what}/:handle/videos`, (request, response) => {
        const found = this.#found({ ...request.query, count: VIDEOS.length })
        const { handle } = request.params
        const { data } = listed(found)
        response.json({ data: data.filter((video) => handle === handleOf(video[name])) })
      })
    }
    app.get('/api/v1/videos/:uuid', (request, response) => {
      const video = VIDEOS.find(({ uuid }) => uuid === request.params.uuid)
      if (video) response.json(inPeerTubesForm(video))
      else response.status(404).json({})
    })
    app.get('/settings', (_, response) => {
      setTimeout(() => response.json(this.#kept), this.settingsWait_ms)
    })
    app.get('/style.css', (_, response) =>
      response.type('css').send(readFileSync(`${PACKAGE}/dist/mirrorwise.css`)),
    )
    app.get('/w/:name', (_, response) => response.type('html').send(this.page))
    app.get('/tone.wav', (_, response) => response.type('audio/wav').send(tone()))
    app.get('/thumbnails/:name', (_, response) => response.type('gif').send(PIXEL))
    return app
  }

  /** A search as in PeerTube's `server/core/controllers/api/search/search-videos.ts`. */
  async #search(request: Request, response: Response): Promise<void> {
    const said: Query = Object.fromEntries(LISTED.map((name) => [name, request.query[name]]))
    for (const name of ['tagsOneOf', 'languageOneOf']) {
      if (typeof said[name] === 'string') said[name] = [said[name]]
    }
    const nsfw = request.query['nsfw'] === 'false' ? false : undefined
    const context = { req: request, res: response }
    const hook = 'filter:api.search.videos.local.list'
    const asked = { ...said, nsfw, user: this.user }
    const query = (await this.#run(`${hook}.params`, asked, context)) as Query
    const found = { data: this.#found(query), total: 0 }
    const { data } = (await this.#run(`${hook}.result`, found, query)) as { data: Video[] }
    response.json(listed(data))
  }

  /** Runs the hooks of an action. */
  async act(target: string, payload: object): Promise<void> {
    await this.#run(target, payload, undefined)
  }

  #run(target: string, value: unknown, context: unknown): Promise<unknown> {
    return this.#hooks.get(target)?.(value, context) ?? Promise.resolve(value)
  }

  /** Videos that match the query, without blocked ones. */
  #found(query: Query): Video[] {
    const tags = query['tagsOneOf'] as string[] | undefined
    const uuids = query['uuids'] as string[] | undefined
    const by = query['sort'] === '-views' ? 'views' : 'publishedAt'
    return VIDEOS.filter((video) => !this.blocked.has(video))
      .filter(({ nsfw }) => query['nsfw'] !== false || !nsfw)
      .filter((video) => !tags || video.tags.some((tag) => tags.includes(tag)))
      .filter(({ uuid }) => !uuids || uuids.includes(uuid))
      .filter(({ number }) => query['isLocal'] !== 'true' || isLocal(number))
      .sort((one, other) => (one[by] < other[by] ? 1 : -1))
      .slice(0, Number(query['count'] ?? 15))
  }

  #options(): RegisterServerOptions {
    return {
      registerSetting: () => undefined,
      registerHook: ({ target, handler }: { target: string; handler: Handler }) =>
        void this.#hooks.set(target, handler),
      settingsManager: {
        getSettings: () => Promise.resolve(this.#kept),
        onSettingsChange: (hear: (kept: Query) => Promise<unknown>) =>
          void this.#onChange.push(hear),
      },
      getRouter: () => this.#router,
      peertubeHelpers: {
        logger: { info: () => undefined, warn: console.warn },
        database: { query: () => Promise.resolve(this.channels.map((channel) => ({ channel }))) },
        config: { getWebserverUrl: () => this.origin },
        user: { getAuthUser: () => Promise.resolve(this.user) },
      },
    } as unknown as RegisterServerOptions
  }
}

const listed = (videos: Video[], total?: string) => ({
  total: total ? VIDEOS.length : 0,
  data: videos.map(inPeerTubesForm),
})

const handleOf = ({ name, host }: { name: string; host: string }) => `${name}@${host}`

/** A page of the plugin as PeerTube mounts it. */
const ROUTE = `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <meta name="viewport" content="width=device-width" />
  <title>A page of the plugin</title>
  <style>:root { color-scheme: light dark; font-family: sans-serif }</style>
  <link rel="stylesheet" href="/style.css" />
  <main></main>
  <script type="module">
    const BASE = '/plugins/mirrorwise/0.1.0/'
    const { register } = await import(BASE + 'client-scripts/dist/client/common.js')
    const routes = new Map()
    const peertubeHelpers = {
      getSettings: async () => (await fetch('/settings')).json(),
      getAuthHeader: () => undefined,
      getBaseRouterRoute: () => BASE + 'router',
      translate: (text) => Promise.resolve(text),
    }
    register({
      registerClientRoute: ({ route, onMount }) => routes.set('/p/' + route, onMount),
      peertubeHelpers,
    })
    routes.get(location.pathname)({ rootEl: document.querySelector('main') })
  </script>
</html>`

const PIXEL = Buffer.from('R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==', 'base64')
const TONE_S = 12

/** A WAV file of silence, 8 bits at 8 kHz. */
function tone(): Buffer {
  const bytes = TONE_S * 8000
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + bytes, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(8000, 24)
  head.writeUInt32LE(8000, 28)
  head.writeUInt16LE(1, 32)
  head.writeUInt16LE(8, 34)
  head.write('data', 36)
  head.writeUInt32LE(bytes, 40)
  return Buffer.concat([head, Buffer.alloc(bytes, 128)])
}
