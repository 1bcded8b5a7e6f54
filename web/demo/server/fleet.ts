/**
 * The fleet: an origin and its mirrors, each a server on loopback. All serve one video at addresses
 * like PeerTube's. The origin also serves the plugin and the demo's pages.
 */
import { createHash } from 'node:crypto'
import { access, readFile } from 'node:fs/promises'
import { CLIENT_SCRIPT, DEMO_DIR, PLUGIN, ROOT } from '../../build/layout.ts'
import { AUTHORIZATION, type ScheduleStep } from '../contract.ts'
import { Broadcast } from './broadcast.ts'
import { HEALTHY, type Conditions } from './conditions.ts'
import { OriginApi, HLS, REDUNDANCY, type Plugin } from './origin-api.ts'
import { MediaServer, type Handler } from './media-server.ts'
import { PluginServer, type PluginSettings } from './plugin-server.ts'
import { Schedule } from './schedule.ts'
import type { Service } from './service.ts'
import { startTracker } from './tracker.ts'
import { makeVideo, RECIPES, type MadeVideo, type Making, type RecipeName } from './video.ts'

/** Settings of the plugin: without a control group, so that nobody is in it by chance. */
const SETTINGS = { 'control-percent': '0', reports: false }
const VIDEO_CACHE = `${ROOT}.cache/demo-video`

export interface HostOptions extends Partial<Conditions> {
  name?: string
  words?: string
  schedule?: ScheduleStep[]
  /** An extra source of the plugin's settings, of which PeerTube knows nothing. */
  isExtra?: boolean
  /** How the plugin's settings spare it. */
  spared?: 'spare a little' | 'spare much' | 'reserve'
  /** What its bytes cost; nothing when absent. */
  euro_per_TB?: number
}

export interface FleetOptions {
  mirrors: HostOptions[]
  origin?: Omit<HostOptions, 'name'>
  video?: RecipeName
  /** The origin is another instance than the one whose pages the viewers see. */
  remote?: boolean
  /** Players may exchange segments by WebRTC. */
  tracker?: boolean
  /** The video is a live, of which `broadcast` publishes one segment after the other. */
  live?: boolean
  /** Port of the origin; a free port when 0 or absent. */
  port?: number
  making?: Omit<Making, 'cacheFolder'>
  /** Settings of the plugin that differ from `SETTINGS`. */
  settings?: PluginSettings
}

/** Query parameters of `player.html`. */
export interface PlayerParams {
  mode: 'stock' | 'mirrorwise'
  /** PeerTube's switch for P2P; peers need the tracker, too. */
  p2p?: 'on' | 'off'
  /** PeerTube 8.2 ships 2.2; `next` is 2.3. */
  loader?: '2.2' | 'next'
  private?: '1'
  embed?: '1'
  autoplay?: '0'
}

export interface Fleet {
  /** The instance whose pages the viewers see: the origin itself, unless the video is remote. */
  instance: MediaServer
  origin: MediaServer
  mirrors: MediaServer[]
  /** Euro per TB of the origin and the mirrors. */
  prices: number[]
  video: MadeVideo
  broadcast: Broadcast | null
  /** Makes the plugin pass reports on to this service; `words` describe its page. */
  reportTo(service: Service, words: string): Promise<void>
  /** Address of the page. Each `viewer` is a site with its own connections, storage and limits. */
  playerUrl(params: PlayerParams, viewer?: '127.0.0.1' | 'localhost'): string
  stop(): Promise<void>
}

export async function startFleet(options: FleetOptions): Promise<Fleet> {
  await access(`${DEMO_DIR}/player.js`).catch(() => {
    throw new Error('The pages of the demo are not built: run script/build.')
  })
  const making = { cacheFolder: VIDEO_CACHE, ...options.making }
  const video = await makeVideo(RECIPES[options.video ?? 'short'], making)
  const plugin = await readPlugin()
  const tracker = options.tracker ? await startTracker() : null

  const mirrors = options.mirrors.map(
    (mirror, i) =>
      new MediaServer({
        name: mirror.name ?? `mirror ${i + 1}`,
        mounts: { [`${REDUNDANCY}/${video.uuid}/`]: video.folder },
        conditions: conditionsOf(mirror),
      }),
  )
  const broadcast = options.live ? new Broadcast(video) : null
  const answer: Handler = (request, response, url) =>
    broadcast?.answer(response, url) || api.answer(request, response, url)
  const origin = new MediaServer({
    name: 'origin',
    mounts: options.remote ? videoMounts(video) : { ...videoMounts(video), ...pageMounts(plugin) },
    conditions: { ...conditionsOf(options.origin ?? {}), fault: 'none' },
    authorization: AUTHORIZATION,
    ...(!options.remote && { handler: answer }),
  })
  const instance = options.remote
    ? new MediaServer({ name: 'instance', mounts: pageMounts(plugin), handler: answer })
    : origin
  const hosts = [origin, ...mirrors].map((server, i) => {
    const host: HostOptions = (i === 0 ? options.origin : options.mirrors[i - 1]) ?? {}
    const { words = '', schedule = [], isExtra = false, euro_per_TB = 0 } = host
    return { server, words, schedule: new Schedule(server, schedule), isExtra, euro_per_TB }
  })
  const trackers = tracker ? [tracker.url] : []
  const api: OriginApi = new OriginApi(video, plugin, trackers, hosts, instance)
  api.isLive = broadcast !== null

  const stop = async (): Promise<void> => {
    broadcast?.stop()
    const stopping = hosts.map(({ server, schedule }) => {
      schedule.stop()
      return server.stop()
    })
    if (options.remote) stopping.push(instance.stop())
    await Promise.all([...stopping, tracker?.stop(), api.pluginServer?.stop()])
  }
  try {
    await Promise.all([
      instance.start(options.port),
      ...(options.remote ? [origin.start()] : []),
      ...mirrors.map((mirror) => mirror.start()),
    ])
    // Players request the instance as `localhost` or as `127.0.0.1`.
    const own = `http://localhost:${instance.port}`
    const known = {
      webserver: own,
      hosts: [origin, ...mirrors].map(({ url }) => url),
      remote: options.remote ? api.addresses(origin.url) : null,
    }
    api.pluginServer = await PluginServer.start(known, {
      ...SETTINGS,
      ...sourceSettings(own, options, mirrors),
      ...options.settings,
    })
    // Somebody has watched the video here while its origin was there.
    if (options.remote) await api.pluginServer.keep(video.uuid)
    origin.conditions = { ...origin.conditions, fault: options.origin?.fault ?? 'none' }
  } catch (error) {
    await stop()
    throw error
  }
  return {
    instance,
    origin,
    mirrors,
    prices: hosts.map(({ euro_per_TB }) => euro_per_TB),
    video,
    broadcast,
    reportTo: async ({ url, secret }, words) => {
      api.report = { page: `${url}/report/`, words }
      await api.pluginServer?.set({ 'service-url': url, 'service-secret': secret })
    },
    playerUrl: (params, viewer = '127.0.0.1') => {
      const query = new URLSearchParams({ ...params }).toString()
      return `http://${viewer}:${instance.port}/player.html?${query}`
    },
    stop,
  }
}

/** The plugin's settings of extra sources, and of hosts that are spared. */
function sourceSettings(
  own: string,
  { origin, mirrors }: FleetOptions,
  servers: MediaServer[],
): PluginSettings {
  const hosts = [{ ...origin, url: own, isExtra: false }]
  mirrors.forEach((mirror, i) => {
    hosts.push({ isExtra: false, ...mirror, url: servers[i]?.url ?? '' })
  })
  const lines = (line: (host: (typeof hosts)[number]) => string | false): string =>
    hosts.flatMap((host) => line(host) || []).join('\n')
  return {
    'extra-sources': lines(
      ({ isExtra, url }) => isExtra && `${url}${REDUNDANCY}/{uuid}/{file} private`,
    ),
    'spared-hosts': lines(({ spared, url }) => spared !== undefined && `${url}: ${spared}`),
  }
}

function videoMounts({ uuid, folder }: MadeVideo): Record<string, string> {
  return { [`${HLS}/private/${uuid}/`]: folder, [`${HLS}/${uuid}/`]: folder }
}

function pageMounts(plugin: Plugin): Record<string, string> {
  const root = `/plugins/${plugin.name}/${plugin.version}`
  return {
    [`${root}/client-scripts/`]: `${ROOT}${PLUGIN}`,
    // PeerTube adds it to the style of all plugins.
    '/plugin-styles/': `${ROOT}${PLUGIN}/dist`,
    '/': DEMO_DIR,
  }
}

function conditionsOf(options: HostOptions): Partial<Conditions> {
  return Object.fromEntries(Object.entries(options).filter(([field]) => field in HEALTHY))
}

/** The plugin's name and a version with the content's hash, because browsers cache by version. */
async function readPlugin(): Promise<Plugin> {
  const manifest = await readFile(`${ROOT}package.json`, 'utf8')
  const { name, version } = JSON.parse(manifest) as Plugin
  const script = await readFile(`${ROOT}${PLUGIN}/${CLIENT_SCRIPT}`).catch(() => '')
  const hash = createHash('sha256').update(script).digest('hex').slice(0, 12)
  return { name, version: `${version}-${hash}` }
}
