/** The origin's HTTP API: PeerTube's as far as the player needs it, and the demo's own. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { CLIENT_SCRIPT } from '../../build/layout.ts'
import type { FleetState, ServerConfig, VideoDetails } from '../contract.ts'
import { readConditions } from './conditions.ts'
import type { MediaServer } from './media-server.ts'
import type { PluginServer } from './plugin-server.ts'
import type { Schedule } from './schedule.ts'
import type { MadeVideo } from './video.ts'

export const HLS = '/static/streaming-playlists/hls'
export const REDUNDANCY = '/static/redundancy/hls'
const LONGEST_CHANGE = 4096

export interface Plugin {
  name: string
  version: string
}

export interface FleetHost {
  server: MediaServer
  words: string
  schedule: Schedule
  /** Of the plugin's settings, and unknown to PeerTube. */
  isExtra: boolean
  euro_per_TB: number
}

export class OriginApi {
  /** Null until the hosts' addresses are known. */
  pluginServer: PluginServer | null = null
  isLive = false
  report: FleetState['report'] = null
  readonly #video: MadeVideo
  readonly #plugin: Plugin
  readonly #trackers: string[]
  /** Origin first. */
  readonly #hosts: FleetHost[]
  /** Serves this API; the origin itself, unless the video is another instance's. */
  readonly #instance: MediaServer

  constructor(
    video: MadeVideo,
    plugin: Plugin,
    trackers: string[],
    hosts: FleetHost[],
    instance: MediaServer,
  ) {
    this.#instance = instance
    this.#video = video
    this.#plugin = plugin
    this.#trackers = trackers
    this.#hosts = hosts
  }

  async answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean> {
    if (/^\/plugins\/[^/]+(\/[^/]+)?\/router\//.test(url.pathname)) {
      this.pluginServer?.answer(request, response)
      return this.pluginServer !== null
    }
    if (url.pathname.startsWith('/plugins/')) {
      response.setHeader('Cache-Control', 'public, max-age=2592000, immutable')
      return false
    }
    response.setHeader('Cache-Control', 'no-store')
    switch (url.pathname) {
      case '/':
        response.writeHead(302, { Location: '/index.html' }).end()
        return true
      case '/demo/video.json':
        return json(response, 200, this.#details(request, url.searchParams.get('private') === '1'))
      case `/api/v1/videos/${this.#video.uuid}`:
        // A request with an Authorization header is for the private video.
        return json(response, 200, this.#details(request, Boolean(request.headers.authorization)))
      case '/api/v1/videos':
        // The service's crawl finds no videos, because the demo recommends nothing.
        return json(response, 200, { total: 0, data: [] })
      case '/api/v1/config':
        return json(response, 200, this.#config())
      case `/api/v1/plugins/peertube-plugin-${this.#plugin.name}/public-settings`:
        return json(response, 200, { publicSettings: this.pluginServer?.publicSettings ?? {} })
      case '/demo/fleet':
        return this.#control(request, response)
      default:
        return false
    }
  }

  async #control(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    if (request.method !== 'POST') return json(response, 200, this.#state())
    // Only the demo's own pages may change hosts, not other sites in the same browser.
    const own = `http://${this.#viewedAs(request)}`
    if (request.headers.origin !== undefined && request.headers.origin !== own) {
      return json(response, 403, { error: `change the fleet from ${own}` })
    }
    try {
      this.#change(JSON.parse(await readBody(request)))
      return json(response, 200, this.#state())
    } catch (error) {
      return json(response, 400, { error: (error as Error).message })
    }
  }

  #change(change: unknown): void {
    if (typeof change !== 'object' || change === null) throw new RangeError('send a JSON object')
    const { host, conditions, scheduled, restart } = change as Record<string, unknown>
    if (restart === true) {
      this.#hosts.forEach(({ schedule }) => schedule.start())
      return
    }
    const found = this.#hosts.find(({ server }) => server.url === host)
    if (!found) {
      throw new RangeError(`host: one of ${this.#hosts.map(({ server }) => server.url).join(', ')}`)
    }
    if (typeof scheduled === 'boolean') {
      if (scheduled) found.schedule.start()
      else found.schedule.stop()
    } else if (conditions !== undefined) {
      found.server.conditions = readConditions(conditions, found.server.conditions)
      found.schedule.stop()
    } else {
      throw new RangeError('send conditions, scheduled or restart')
    }
  }

  #state(): FleetState {
    return {
      report: this.report,
      hosts: this.#hosts.map(({ server, words, schedule, isExtra, euro_per_TB }) => ({
        name: server.name,
        words,
        isExtra,
        euro_per_TB,
        host: server.url,
        conditions: server.conditions,
        schedule: schedule.steps,
        scheduled: schedule.running,
      })),
    }
  }

  /** Addresses of the video's playlist and digests. */
  addresses(origin: string, folder = ''): { playlistUrl: string; digestsUrl: string } {
    const { uuid, master, sha256 } = this.#video
    const base = `${origin}${HLS}${folder}/${uuid}`
    return { playlistUrl: `${base}/${master}`, digestsUrl: `${base}/${sha256}` }
  }

  /** The name by which this request knows the instance: `localhost`, or else `127.0.0.1`. */
  #viewedAs(request: IncomingMessage): string {
    const { port } = this.#instance
    const localhost = `localhost:${port}`
    return request.headers.host === localhost ? localhost : `127.0.0.1:${port}`
  }

  #details(request: IncomingMessage, isPrivate: boolean): VideoDetails {
    const { uuid, recipe } = this.#video
    const [origin, ...mirrors] = this.#hosts
    const isLocal = origin?.server === this.#instance
    const host = isLocal || !origin ? `http://${this.#viewedAs(request)}` : origin.server.url
    const { playlistUrl, digestsUrl } = this.addresses(host, isPrivate ? '/private' : '')
    return {
      id: 1,
      uuid,
      shortUUID: uuid.slice(0, 8),
      name: 'A slow sunrise',
      privacy: isPrivate ? { id: 3, label: 'Private' } : { id: 1, label: 'Public' },
      state: { id: 1, label: 'Published' },
      isLive: this.isLive,
      isLocal,
      duration: recipe.duration_s,
      aspectRatio: 16 / 9,
      tags: [],
      trackerUrls: this.#trackers,
      files: [],
      streamingPlaylists: [
        {
          id: 1,
          type: 1,
          playlistUrl,
          segmentsSha256Url: digestsUrl,
          redundancies: mirrors.filter(isMirror).map(({ server }) => ({
            baseUrl: `${server.url}${REDUNDANCY}/${uuid}`,
          })),
          files: recipe.renditions.map(({ height, width }) => ({
            resolution: { id: height, label: `${height}p` },
            width,
            height,
            fps: 25,
          })),
        },
      ],
    }
  }

  #config(): ServerConfig {
    const { name, version } = this.#plugin
    const script = { script: CLIENT_SCRIPT, scopes: ['video-watch', 'embed'] }
    const plugin = {
      name,
      npmName: `peertube-plugin-${name}`,
      version,
      clientScripts: { [CLIENT_SCRIPT]: script },
    }
    return { instance: { name: 'Mirrorwise demo' }, plugin: { registered: [plugin] } }
  }
}

const isMirror = ({ isExtra }: FleetHost): boolean => !isExtra

function json(response: ServerResponse, status: number, body: unknown): true {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  return true
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) {
    body += (chunk as Buffer).toString()
    if (body.length > LONGEST_CHANGE) throw new RangeError(`send at most ${LONGEST_CHANGE} bytes`)
  }
  return body
}
