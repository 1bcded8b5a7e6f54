/** What PeerTube says of a video: its playlist, its mirrors and its list of digests. */
import { parseUrl, readMirrors, type Mirror } from './hosts.ts'

export interface Video {
  playlistUrl: string
  segmentsSha256Url: string
  mirrors: Mirror[]
}

/** Null for what has nothing to choose: lives, and videos that no mirror carries or can prove. */
export function videoOf(
  playlistUrl: unknown,
  segmentsSha256Url: unknown,
  baseUrls: unknown,
  isLive: unknown,
): Video | null {
  if (typeof playlistUrl !== 'string' || isLive) return null
  if (typeof segmentsSha256Url !== 'string' || !parseUrl(segmentsSha256Url)) return null
  const mirrors = readMirrors(baseUrls)
  return mirrors.length > 0 ? { playlistUrl, segmentsSha256Url, mirrors } : null
}

/** The part of the player's load options that is read. */
export interface LoadOptions {
  isLive?: unknown
  hls?: { playlistUrl?: unknown; segmentsSha256Url?: unknown; redundancyBaseUrls?: unknown }
}

interface VideoDetails {
  isLive?: unknown
  streamingPlaylists?: {
    playlistUrl?: unknown
    segmentsSha256Url?: unknown
    redundancies?: { baseUrl?: unknown }[]
  }[]
}

/** A hook is waited for, so an instance that is slow to answer leaves the player as it was. */
const API_TIMEOUT_MS = 500

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/

/**
 * Asks the instance for the video. Embeds need this, because the hook that carries the load
 * options does not run there; the playlist's address holds the video's UUID.
 */
export async function askForVideo(
  playlistUrl: string,
  init: (url: string) => Promise<RequestInit>,
): Promise<Video | null> {
  const uuid = UUID.exec(playlistUrl)?.[0]
  if (uuid === undefined) return null
  const url = new URL(`/api/v1/videos/${uuid}`, location.href).href
  const signal = AbortSignal.timeout(API_TIMEOUT_MS)
  const response = await fetch(url, { ...(await init(url)), signal })
  const { isLive, streamingPlaylists } = (await response.json()) as VideoDetails
  const playlist = streamingPlaylists?.find((candidate) => candidate.playlistUrl === playlistUrl)
  const baseUrls = playlist?.redundancies?.map((redundancy) => redundancy.baseUrl)
  return videoOf(playlistUrl, playlist?.segmentsSha256Url, baseUrls, isLive)
}
