/**
 * A live broadcast: publishes the files of a video one after the other, in a playlist and a list of
 * digests that hold the latest of them, as PeerTube does.
 */
import { readFileSync, statSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import path from 'node:path'
import type { MadeVideo } from './video.ts'

/** Segments in PeerTube's playlist of a live. */
const WINDOW = 15
/** Players begin five segments before the end of the playlist. */
const FIRST = 8

export class Broadcast {
  readonly #video: MadeVideo
  readonly #digests: Record<string, string>
  readonly #segments: number
  #published = FIRST
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(video: MadeVideo) {
    const { folder, sha256, recipe } = video
    this.#video = video
    this.#digests = JSON.parse(readFileSync(path.join(folder, sha256), 'utf8')) as Record<
      string,
      string
    >
    this.#segments = recipe.duration_s / recipe.segment_s
  }

  /** The number of the segment that was published last. */
  get latest(): number {
    return this.#published - 1
  }

  get isOver(): boolean {
    return this.#published === this.#segments
  }

  /** Bytes of all segments that were published, in all resolutions. */
  get bytesUntilNow(): number {
    const { folder, uuid, recipe } = this.#video
    const sizes = recipe.renditions.flatMap(({ height }) =>
      Array.from({ length: this.#published }, (_, n) => {
        const name = `${uuid}-${height}-${String(n).padStart(6, '0')}.ts`
        return statSync(path.join(folder, name)).size
      }),
    )
    return sizes.reduce((sum, size) => sum + size, 0)
  }

  /** Publishes the next segment. */
  publish(): void {
    if (this.isOver) throw new RangeError('the broadcast is over')
    this.#published += 1
  }

  /** Publishes segments as they would be filmed. */
  start(): void {
    this.#timer = setInterval(() => {
      if (this.isOver) this.stop()
      else this.publish()
    }, this.#video.recipe.segment_s * 1000)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Answers what changes as the broadcast goes on; false for all other files. */
  answer(response: ServerResponse, url: URL): boolean {
    const name = path.basename(url.pathname)
    const { uuid, sha256, recipe } = this.#video
    const names = this.#names(recipe.renditions.map(({ height }) => height))
    if (name === sha256) {
      const known = names.map((file) => [file, this.#digests[file]])
      response.writeHead(200, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify(Object.fromEntries(known)))
      return true
    }
    const height = new RegExp(`^${uuid}-(\\d+)\\.m3u8$`).exec(name)?.[1]
    if (height === undefined) return false
    response.writeHead(200, { 'Content-Type': 'application/vnd.apple.mpegurl' })
    response.end(this.#playlist(this.#names([Number(height)])))
    return true
  }

  get #first(): number {
    return Math.max(0, this.#published - WINDOW)
  }

  #names(heights: number[]): string[] {
    const numbers = Array.from({ length: this.#published - this.#first }, (_, i) => this.#first + i)
    return heights.flatMap((height) =>
      numbers.map((n) => `${this.#video.uuid}-${height}-${String(n).padStart(6, '0')}.ts`),
    )
  }

  #playlist(names: string[]): string {
    const { segment_s } = this.#video.recipe
    return [
      ...['#EXTM3U', '#EXT-X-VERSION:6', `#EXT-X-TARGETDURATION:${segment_s}`],
      `#EXT-X-MEDIA-SEQUENCE:${this.#first}`,
      ...names.flatMap((name) => [`#EXTINF:${segment_s.toFixed(3)},`, name]),
      '',
    ].join('\n')
  }
}
