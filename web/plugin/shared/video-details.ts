/** What an instance says of a video, as far as it is read; and whether anybody may know of it. */

export interface VideoDetails {
  uuid?: unknown
  privacy?: { id?: unknown }
  isLive?: unknown
  streamingPlaylists?: {
    playlistUrl?: unknown
    segmentsSha256Url?: unknown
    redundancies?: { baseUrl?: unknown }[]
  }[]
}

/** Neither unlisted nor private, internal or behind a password. */
const PUBLIC = 1

export function isPublic({ privacy }: VideoDetails): boolean {
  return privacy?.id === PUBLIC
}
