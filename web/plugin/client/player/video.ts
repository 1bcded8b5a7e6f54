/** Reads a video from PeerTube's data: its playlist, its mirrors and its list of digests. */
import { folderOf, type ExtraSource } from '../../shared/extra-sources.ts'
import { isPublic, isUnlisted, type VideoDetails } from '../../shared/video-details.ts'
import { parseUrl } from '../../shared/url.ts'
import { readMirrors, type Mirror } from '../courier/video/hosts.ts'

export interface Video {
  playlistUrl: string
  segmentsSha256Url: string
  mirrors: Mirror[]
  /** Empty until PeerTube has said more of the video. */
  details: VideoDetails
  /** False until PeerTube has said that the video is public. */
  isPublic: boolean
}

/** The fields of a playlist as PeerTube passes them, not validated. */
interface Said {
  playlistUrl?: unknown
  segmentsSha256Url?: unknown
  redundancyBaseUrls?: unknown
}

/** Reads a video; null for lives, and for videos without digests. */
export function videoOf(said: Said, isLive: unknown, details: VideoDetails): Video | null {
  const { playlistUrl, segmentsSha256Url, redundancyBaseUrls } = said
  if (typeof playlistUrl !== 'string' || isLive) return null
  if (typeof segmentsSha256Url !== 'string' || !parseUrl(segmentsSha256Url)) return null
  const mirrors = readMirrors(redundancyBaseUrls)
  return { playlistUrl, segmentsSha256Url, mirrors, details, isPublic: isPublic(details) }
}

/**
 * The extra sources that have this video, if its audience may be known there: this instance's for
 * its own videos, and for another's those that it publishes.
 */
export function extraSourcesOf(
  { playlistUrl, details }: Video,
  { own, published }: { own: ExtraSource[]; published: ExtraSource[] },
): Mirror[] {
  const uuid = uuidOf(playlistUrl)
  if (!uuid) return []
  const sources = details.isLocal === true ? own : published
  const holds = ({ isOurs }: ExtraSource): boolean =>
    isPublic(details) || (isOurs && isUnlisted(details))
  return readMirrors(sources.filter(holds).map((source) => folderOf(source, playlistUrl, uuid)))
}

/** A live whose viewers may fetch from each other. */
export interface Broadcast {
  segmentsSha256Url: string
}

/** Reads a live; null for other videos, and for lives that PeerTube plays without P2P. */
export function broadcastOf({ segmentsSha256Url }: Said, isLive: unknown): Broadcast | null {
  return isLive === true && parseUrl(segmentsSha256Url)
    ? { segmentsSha256Url: String(segmentsSha256Url) }
    : null
}

/** What is known of what plays: a video, a live, or neither. */
export interface Known {
  video: Video | null
  broadcast: Broadcast | null
}

export const NOTHING: Known = { video: null, broadcast: null }

/** The fields of the player's load options that are read. */
export interface LoadOptions {
  isLive?: unknown
  videoUUID?: unknown
  hls?: Said
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/

/** The UUID in a playlist's address. */
export const uuidOf = (playlistUrl: string): string | undefined => UUID.exec(playlistUrl)?.[0]

/**
 * Asks the instance for the video. Embeds need this, because the hook that carries the load
 * options does not run there; the playlist's address holds the video's UUID.
 */
export async function askForVideo(
  playlistUrl: string,
  init: (url: string) => Promise<RequestInit>,
): Promise<Known> {
  const uuid = uuidOf(playlistUrl)
  if (uuid === undefined) return NOTHING
  const url = new URL(`/api/v1/videos/${uuid}`, location.href).href
  const response = await fetch(url, await init(url))
  const details = (await response.json()) as VideoDetails
  const { isLive, streamingPlaylists } = details
  const playlist = streamingPlaylists?.find((candidate) => candidate.playlistUrl === playlistUrl)
  const segmentsSha256Url = playlist?.segmentsSha256Url
  const redundancyBaseUrls = playlist?.redundancies?.map(({ baseUrl }) => baseUrl)
  const said = { playlistUrl, segmentsSha256Url, redundancyBaseUrls }
  return {
    video: videoOf(said, isLive, details),
    broadcast: broadcastOf(said, isLive),
  }
}
