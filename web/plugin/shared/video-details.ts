/** The fields of PeerTube's video details that are read, and whether a video is public. */

export interface VideoDetails {
  uuid?: unknown
  privacy?: { id?: unknown }
  isLive?: unknown
  /** Whether this instance is the video's own. */
  isLocal?: unknown
  streamingPlaylists?: {
    playlistUrl?: unknown
    segmentsSha256Url?: unknown
    redundancies?: { baseUrl?: unknown }[]
  }[]
}

/** PeerTube's VideoPrivacy.PUBLIC: neither unlisted, private, internal nor behind a password. */
const PUBLIC = 1
/** PeerTube's VideoPrivacy.UNLISTED: whoever has the link may watch. */
const UNLISTED = 2

export function isPublic({ privacy }: VideoDetails): boolean {
  return privacy?.id === PUBLIC
}

export function isUnlisted({ privacy }: VideoDetails): boolean {
  return privacy?.id === UNLISTED
}
