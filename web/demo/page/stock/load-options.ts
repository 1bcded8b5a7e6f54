/** The load options that PeerTube's watch page and embed pass to the player. */
import type { VideoDetails } from '../../contract.ts'

export interface ConstructorOptions {
  playerElement: () => HTMLVideoElement
  muted: boolean
  inactivityTimeout: number
  language: string
  serverUrl: string
  stunServers: string[]
  authorizationHeader: () => string
}

/** PeerTube's load options, as far as a player uses them. */
export interface LoadOptions {
  mode: 'p2p-media-loader'
  autoplay: boolean
  forceAutoplay: boolean
  duration: number
  p2pEnabled: boolean
  startTime: number
  isLive: boolean
  liveOptions: { latencyMode: number } | undefined
  requiresUserAuth: boolean
  requiresPassword: boolean
  videoUUID: string
  videoShortUUID: string
  videoRatio: number
  nextVideo: { enabled: boolean; getVideoTitle: () => string; displayControlBarButton: boolean }
  previousVideo: { enabled: boolean; displayControlBarButton: boolean }
  hls: {
    playlistUrl: string
    segmentsSha256Url: string
    redundancyBaseUrls: string[]
    trackerAnnounce: string[]
    videoFiles: VideoDetails['streamingPlaylists'][number]['files']
  }
  webVideo: { videoFiles: never[] }
}

/** PeerTube's other modes for lives are 2, high, and 3, small. */
const DEFAULT_LATENCY = 1
const PRIVATE = 3
const PASSWORD_PROTECTED = 5

export function loadOptions(
  video: VideoDetails,
  wish: { p2pEnabled: boolean; autoplay: boolean },
): LoadOptions {
  const [playlist] = video.streamingPlaylists
  if (!playlist) throw new Error('This video has no HLS playlist.')
  return {
    mode: 'p2p-media-loader',
    autoplay: wish.autoplay,
    forceAutoplay: false,
    duration: video.duration,
    p2pEnabled: wish.p2pEnabled,
    startTime: 0,
    isLive: video.isLive,
    liveOptions: video.isLive ? { latencyMode: DEFAULT_LATENCY } : undefined,
    requiresUserAuth: video.privacy.id === PRIVATE,
    requiresPassword: video.privacy.id === PASSWORD_PROTECTED,
    videoUUID: video.uuid,
    videoShortUUID: video.shortUUID,
    videoRatio: video.aspectRatio,
    nextVideo: { enabled: false, getVideoTitle: () => '', displayControlBarButton: false },
    previousVideo: { enabled: false, displayControlBarButton: false },
    hls: {
      playlistUrl: playlist.playlistUrl,
      segmentsSha256Url: playlist.segmentsSha256Url,
      redundancyBaseUrls: playlist.redundancies.map(({ baseUrl }) => baseUrl),
      trackerAnnounce: video.trackerUrls,
      videoFiles: playlist.files,
    },
    webVideo: { videoFiles: video.files },
  }
}
