/** Kept videos' files on disk: one JSON file per video, the least recently used dropped first. */
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isRecord } from '../http-errors.ts'

/** The small files of one video, as its origin had them. */
export interface KeptVideo {
  playlistUrl: string
  digestsUrl: string
  /** What the origin is asked with whether anything has changed. */
  etag: string | null
  lastModified: string | null
  /** Playlists and digests by name. */
  texts: Record<string, string>
  /** Init segments in base64, by `<file> <start>-<end>`. */
  inits: Record<string, string>
}

const UUID_JSON = /^([0-9a-f-]{36})\.json$/

export class Disk {
  readonly #folder: () => string
  /** Bytes by video, the least recently used first; null until the folder has been read. */
  #sizes: Map<string, number> | null = null

  constructor(folder: () => string) {
    this.#folder = folder
  }

  async read(uuid: string): Promise<KeptVideo | null> {
    const sizes = await this.#open()
    if (!sizes.has(uuid)) return null
    try {
      const kept: unknown = JSON.parse(await readFile(this.#path(uuid), 'utf8'))
      if (!isKept(kept)) throw new Error('not as it was written')
      this.#use(uuid, sizes.get(uuid) ?? 0)
      await utimes(this.#path(uuid), new Date(), new Date())
      return kept
    } catch {
      await this.drop(uuid)
      return null
    }
  }

  /** Writes a video whole or not at all, and drops others until all fit into `room` bytes. */
  async write(uuid: string, video: KeptVideo, room: number): Promise<void> {
    const sizes = await this.#open()
    const text = JSON.stringify(video)
    const bytes = Buffer.byteLength(text)
    if (bytes > room) return this.drop(uuid)
    await writeFile(`${this.#path(uuid)}.new`, text)
    await rename(`${this.#path(uuid)}.new`, this.#path(uuid))
    this.#use(uuid, bytes)
    let sum = [...sizes.values()].reduce((all, each) => all + each, 0)
    for (const [oldest, size] of [...sizes]) {
      if (sum <= room) break
      sum -= size
      await this.drop(oldest)
    }
  }

  async drop(uuid: string): Promise<void> {
    const sizes = await this.#open()
    sizes.delete(uuid)
    await rm(this.#path(uuid), { force: true })
  }

  #use(uuid: string, bytes: number): void {
    this.#sizes?.delete(uuid)
    this.#sizes?.set(uuid, bytes)
  }

  #path(uuid: string): string {
    return join(this.#folder(), `${uuid}.json`)
  }

  async #open(): Promise<Map<string, number>> {
    if (this.#sizes) return this.#sizes
    await mkdir(this.#folder(), { recursive: true })
    const names = (await readdir(this.#folder())).filter((name) => UUID_JSON.test(name))
    const files = await Promise.all(
      names.map(async (name) => {
        const { mtimeMs, size } = await stat(join(this.#folder(), name))
        return { name, mtimeMs, size }
      }),
    )
    files.sort((a, b) => a.mtimeMs - b.mtimeMs)
    return (this.#sizes ??= new Map(files.map(({ name, size }) => [name.slice(0, 36), size])))
  }
}

function isKept(kept: unknown): kept is KeptVideo {
  if (!isRecord(kept)) return false
  const { playlistUrl, digestsUrl, texts, inits } = kept
  const areTexts = (record: unknown): boolean =>
    isRecord(record) && Object.values(record).every((text) => typeof text === 'string')
  return [playlistUrl, digestsUrl].every(isText) && areTexts(texts) && areTexts(inits)
}

const isText = (value: unknown) => typeof value === 'string'
