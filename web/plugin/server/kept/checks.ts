/** Checks another instance's playlists and digests, strictly, before they are kept or served. */
import { isRecord } from '../http-errors.ts'

/** The first bytes of a video file, which a player needs before any segment. */
export interface InitSegment {
  file: string
  start: number
  end: number
}

const MAX_PLAYLISTS = 64
const MAX_SEGMENTS = 50_000
const MAX_INIT_BYTES = 65_536

/** A plain name: no folder, no `..`, no other host. */
const PLAYLIST = /^[\w-]+(\.[\w-]+)*\.m3u8$/
const VIDEO = /^[\w-]+(\.[\w-]+)*\.mp4$/
const RANGE = /^(\d{1,15})@(\d{1,15})$/
const DIGEST = /^[0-9a-f]{64}$/i

/**
 * The master playlist without its captions. Their addresses lead to the origin, which is gone when
 * this is played; PeerTube itself keeps the captions of other instances' videos.
 */
export const withoutCaptions = (master: string): string =>
  master
    .replace(/^#EXT-X-MEDIA:(?:.*,)?TYPE=SUBTITLES\b.*(?:\r?\n|$)/gm, '')
    .replace(/^(#EXT-X-STREAM-INF:(?:.*,)?)SUBTITLES="[^"]*"(,|$)/gm, '$1')
    .replace(/^(#EXT-X-STREAM-INF:.*),$/gm, '$1')

/** Names of the media playlists of a master playlist; throws when a line is not as PeerTube's. */
export function mediaPlaylists(master: string): string[] {
  const names = new Set<string>()
  for (const line of linesOf(master)) {
    const name = line.startsWith('#') ? uriOf(line) : line
    if (name === undefined) continue
    if (!PLAYLIST.test(name)) throw new Error(`the master playlist names ${name.slice(0, 100)}`)
    names.add(name)
  }
  if (names.size === 0 || names.size > MAX_PLAYLISTS) {
    throw new Error(`the master playlist names ${names.size} playlists`)
  }
  return [...names]
}

/**
 * The init segments of media playlists; throws when a line is not as PeerTube's, a segment has no
 * digest, or the video may still grow.
 */
export function initSegments(playlists: string[], digests: string): InitSegment[] {
  const list: unknown = JSON.parse(digests)
  const inits = new Map<string, InitSegment>()
  let segments = 0
  for (const playlist of playlists) {
    let range: [first: number, last: number] | null = null
    const lines = linesOf(playlist)
    if (!lines.includes('#EXT-X-ENDLIST')) throw new Error('a playlist has no end')
    for (const line of lines) {
      if (line.startsWith('#EXT-X-MAP:')) {
        const init = initOf(line)
        inits.set(`${init.file} ${init.start}`, init)
      } else if (line.startsWith('#EXT-X-BYTERANGE:')) range = rangeOf(line.split(':')[1])
      else if (line.startsWith('#')) {
        if (uriOf(line) !== undefined) throw new Error(`a playlist has ${line.slice(0, 100)}`)
      } else {
        if (!VIDEO.test(line)) throw new Error(`a playlist names ${line.slice(0, 100)}`)
        if (++segments > MAX_SEGMENTS) throw new Error(`more than ${MAX_SEGMENTS} segments`)
        if (!range || !hasDigest(list, line, range)) throw new Error('a segment has no digest')
        range = null
      }
    }
  }
  if (segments === 0) throw new Error('no segments')
  return [...inits.values()]
}

const linesOf = (playlist: string): string[] => {
  const lines = playlist.split(/\r?\n/).filter(Boolean)
  if (lines[0] !== '#EXTM3U') throw new Error('not a playlist')
  return lines
}

const uriOf = (line: string): string | undefined => /URI="?([^",]*)/i.exec(line)?.[1]

function rangeOf(text: string | undefined): [first: number, last: number] {
  const [, length, start] = RANGE.exec(text ?? '') ?? []
  const first = Number(start)
  const last = first + Number(length) - 1
  if (!(last >= first)) throw new Error(`a byte range is ${String(text).slice(0, 100)}`)
  return [first, last]
}

function initOf(line: string): InitSegment {
  const file = uriOf(line) ?? ''
  const [start, end] = rangeOf(/BYTERANGE="([^"]*)"/.exec(line)?.[1])
  if (!VIDEO.test(file)) throw new Error(`a playlist names ${file.slice(0, 100)}`)
  if (end + 1 - start > MAX_INIT_BYTES) throw new Error('an init segment is too long')
  return { file, start, end }
}

function hasDigest(list: unknown, file: string, [first, last]: [number, number]): boolean {
  const ranges = isRecord(list) && Object.hasOwn(list, file) ? list[file] : null
  const digest = isRecord(ranges) ? ranges[`${first}-${last}`] : null
  return typeof digest === 'string' && DIGEST.test(digest)
}
