/**
 * Keeps the small files of other instances' mirrored public videos: playlists, digests and init
 * segments, so that these videos play from their mirrors when their origin is gone.
 */
import type { RegisterServerOptions } from '@peertube/peertube-types'
import { join } from 'node:path'
import type { Logger } from '../http-errors.ts'
import { parseUrl } from '../../shared/url.ts'
import { initSegments, mediaPlaylists, withoutCaptions } from './checks.ts'
import { Disk, type KeptVideo } from './disk.ts'
import { download, isFetched } from './download.ts'

type Helpers = Pick<
  RegisterServerOptions['peertubeHelpers'],
  'database' | 'logger' | 'plugin' | 'config'
>

/** A watched video is compared with its origin at most this often. */
const FRESH_MS = 600_000
const MAX_AT_ONCE = 4
const MAX_REMEMBERED = 1000
/** A playlist with 50,000 segments has 5 MB, the digests of ten hours in six resolutions too. */
const MAX_TEXT_BYTES = 8e6
const MAX_INIT_BYTES = 65_536

/** Public videos of other instances that have mirrors. */
const SQL = `
  SELECT playlist."playlistUrl" AS "playlistUrl", playlist."segmentsSha256Url" AS "digestsUrl"
  FROM "videoStreamingPlaylist" AS playlist JOIN video ON video.id = playlist."videoId"
  WHERE video.uuid = $uuid AND video.remote AND video.privacy = 1
    AND EXISTS (SELECT 1 FROM "videoRedundancy"
                WHERE "videoStreamingPlaylistId" = playlist.id)
  LIMIT 1`

type Addresses = Pick<KeptVideo, 'playlistUrl' | 'digestsUrl'>

export interface KeptFile {
  bytes: Buffer
  type: string
}

export class Keeper {
  readonly #helpers: Helpers
  readonly #disk: Disk
  readonly #logger: Logger
  /** When each video was last compared with its origin. */
  readonly #compared = new Map<string, number>()
  #running = 0
  /** The video that was served last. */
  #last: { uuid: string; kept: KeptVideo } | null = null

  constructor(helpers: Helpers) {
    this.#helpers = helpers
    this.#logger = helpers.logger
    this.#disk = new Disk(() => join(helpers.plugin.getDataDirectoryPath(), 'kept'))
  }

  /** Compares a video that is watched with its origin, by one conditional request. */
  async watched(uuid: string, room_bytes: number): Promise<void> {
    const now_ms = performance.now()
    if (now_ms - (this.#compared.get(uuid) ?? -Infinity) < FRESH_MS) return
    if (this.#running === MAX_AT_ONCE) return
    this.#compared.delete(uuid)
    this.#compared.set(uuid, now_ms)
    const [oldest] = this.#compared.keys()
    if (this.#compared.size > MAX_REMEMBERED && oldest !== undefined) this.#compared.delete(oldest)
    this.#running += 1
    try {
      await this.#compare(uuid, room_bytes)
    } catch (error) {
      this.#logger.info(`The playlists of ${uuid} are not kept: ${String(error)}`)
    } finally {
      this.#running -= 1
    }
  }

  /** A kept file of a video that is still public; null if there is none. */
  async file(uuid: string, name: string, range: string | undefined): Promise<KeptFile | null> {
    const kept = await this.#sound(uuid)
    if (!kept) return null
    const now = await this.#addresses(uuid)
    if (now?.playlistUrl !== kept.playlistUrl) {
      await this.#drop(uuid)
      return null
    }
    const text = own(kept.texts, name)
    if (text !== undefined) return { bytes: Buffer.from(text), type: typeOf(name) }
    const init = own(kept.inits, `${name} ${range?.replace(/^bytes=/, '') ?? ''}`)
    return init === undefined ? null : { bytes: Buffer.from(init, 'base64'), type: 'video/mp4' }
  }

  /** What is kept, checked once more after it has been on disk. */
  async #sound(uuid: string): Promise<KeptVideo | null> {
    if (this.#last?.uuid === uuid) return this.#last.kept
    const kept = await this.#disk.read(uuid)
    if (!kept) return null
    if (!isSound(kept)) {
      await this.#drop(uuid)
      return null
    }
    this.#last = { uuid, kept }
    return kept
  }

  #drop(uuid: string): Promise<void> {
    if (this.#last?.uuid === uuid) this.#last = null
    return this.#disk.drop(uuid)
  }

  async #compare(uuid: string, room_bytes: number): Promise<void> {
    const addresses = await this.#addresses(uuid)
    if (!addresses) return this.#drop(uuid)
    const known = await this.#disk.read(uuid)
    const same = known?.playlistUrl === addresses.playlistUrl ? known : null
    const { status, headers, bytes } = await download(addresses.playlistUrl, MAX_TEXT_BYTES, {
      ...(same?.etag && { 'If-None-Match': same.etag }),
      ...(same?.lastModified && { 'If-Modified-Since': same.lastModified }),
    })
    if (status === 304) return
    if (status === 404 || status === 410) return this.#drop(uuid)
    if (status !== 200) throw new Error(`the origin answers ${status}`)
    const master = withoutCaptions(bytes.toString())
    // An origin that tells no version is asked for the master playlist alone, too.
    if (same?.texts[nameOf(addresses.playlistUrl)] === master) return
    const [etag, lastModified] = [headers.get('ETag'), headers.get('Last-Modified')]
    const files = await load(addresses, master).catch(async (error: unknown) => {
      // What was kept before is out of date.
      await this.#drop(uuid)
      throw error
    })
    this.#last = null
    await this.#disk.write(uuid, { ...addresses, etag, lastModified, ...files }, room_bytes)
  }

  async #addresses(uuid: string): Promise<Addresses | null> {
    const query = this.#helpers.database.query as (sql: string, options: object) => Promise<unknown>
    const rows = (await query(SQL, { type: 'SELECT', bind: { uuid } })) as Partial<Addresses>[]
    const { playlistUrl, digestsUrl } = rows[0] ?? {}
    const [playlist, digests] = [parseUrl(playlistUrl), parseUrl(digestsUrl)]
    if (!playlist || !digests || playlist.origin !== digests.origin) return null
    const own = new URL(this.#helpers.config.getWebserverUrl()).origin
    if (playlist.origin === own || !isFetched(playlist)) return null
    return { playlistUrl: playlist.href, digestsUrl: digests.href }
  }
}

/** Downloads all small files of a video, and checks them; throws if any is not as it should be. */
async function load(
  { playlistUrl, digestsUrl }: Addresses,
  master: string,
): Promise<Pick<KeptVideo, 'texts' | 'inits'>> {
  const names = mediaPlaylists(master)
  const folder = new URL('.', playlistUrl).href
  const text = async (url: string): Promise<string> =>
    whole(await download(url, MAX_TEXT_BYTES), 200).toString()
  const digests = await text(digestsUrl)
  const texts: KeptVideo['texts'] = {}
  for (const name of names) texts[name] = await text(folder + name)
  const inits: KeptVideo['inits'] = {}
  for (const { file, start, end } of initSegments(Object.values(texts), digests)) {
    const range = `${start}-${end}`
    const part = await download(folder + file, MAX_INIT_BYTES, { Range: `bytes=${range}` })
    const bytes = whole(part, 206)
    if (bytes.length !== end + 1 - start) throw new Error('an init segment has another length')
    inits[`${file} ${range}`] = bytes.toString('base64')
  }
  return {
    texts: { ...texts, [nameOf(playlistUrl)]: master, [nameOf(digestsUrl)]: digests },
    inits,
  }
}

function whole({ status, bytes }: { status: number; bytes: Buffer }, wanted: number): Buffer {
  if (status !== wanted) throw new Error(`the origin answers ${status}`)
  return bytes
}

/** Whether what is on disk is still what was checked when it was kept. */
function isSound({ playlistUrl, digestsUrl, texts, inits }: KeptVideo): boolean {
  try {
    const names = mediaPlaylists(own(texts, nameOf(playlistUrl)) ?? '')
    const playlists = names.map((name) => own(texts, name) ?? '')
    const needed = initSegments(playlists, own(texts, nameOf(digestsUrl)) ?? '')
    return needed.every(
      ({ file, start, end }) => own(inits, `${file} ${start}-${end}`) !== undefined,
    )
  } catch {
    return false
  }
}

const own = (record: Record<string, string>, name: string): string | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

const nameOf = (url: string): string => new URL(url).pathname.split('/').at(-1) ?? ''

const typeOf = (name: string): string =>
  name.endsWith('.m3u8') ? 'application/vnd.apple.mpegurl' : 'application/json'
