/** What a panel may show of a live. */

/** How a segment came to this viewer. */
export interface LiveSegment {
  /** The file's name. */
  file: string
  source: 'peer' | 'origin'
  bytes: number
  /** Seconds since the page was opened. */
  at_s: number
  /** `wanted`: the player could not wait for it. */
  why: 'peer-had-it' | 'wanted'
}

export interface LiveState {
  /** Bytes of all segments, also of those that were given up. */
  fromPeers: number
  fromOrigin: number
  uploaded: number
  peers: number
  /** Uploads at once; those that run are `uploads`. */
  slots: number
  uploads: number
  /** What the viewer has set, in bit/s; null for no limit. */
  uploadLimit_bps: number | null
  /** False for a viewer who only takes, on a cellular connection or by PeerTube's own setting. */
  canUpload: boolean
  /** The latest, oldest first. */
  segments: LiveSegment[]
}

/** Segments that are remembered for `segments`: a minute of a live. */
export const MOST_SEGMENTS = 30
