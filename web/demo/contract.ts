/** What the demo's origin tells the demo's pages, and what they ask of it. */
import type { Conditions } from './server/conditions.ts'

/** Who watches a private video of the demo. */
export const AUTHORIZATION = 'Bearer demo-viewer'

/** From the start of the schedule. */
export interface ScheduleStep {
  at_s: number
  /** What happens, for the pictures; absent where it happens all the time. */
  words?: string
  conditions: Partial<Conditions>
}

export interface HostState {
  name: string
  /** What this host is like, in a few words. */
  words: string
  /** For instance `http://127.0.0.1:8080`. */
  host: string
  conditions: Conditions
  schedule: ScheduleStep[]
  /** The schedule is running; a change by hand stops it. */
  scheduled: boolean
}

/** `GET /demo/fleet` */
export interface FleetState {
  /** Origin first. */
  hosts: HostState[]
  /** The operator's page and what it shows, once its service is there. */
  report: { page: string; words: string } | null
}

/** `POST /demo/fleet`; answered with the new state. */
export type FleetChange =
  | { host: string; conditions: Partial<Conditions> }
  | { host: string; scheduled: boolean }
  /** Every schedule starts over. */
  | { restart: true }

/** `GET /api/v1/videos/<uuid>`, as far as a player needs it. */
export interface VideoDetails {
  id: number
  uuid: string
  shortUUID: string
  name: string
  privacy: { id: number; label: string }
  state: { id: number; label: string }
  isLive: boolean
  isLocal: boolean
  duration: number
  aspectRatio: number
  tags: string[]
  trackerUrls: string[]
  files: never[]
  streamingPlaylists: StreamingPlaylist[]
}

export interface StreamingPlaylist {
  id: number
  type: number
  playlistUrl: string
  segmentsSha256Url: string
  redundancies: { baseUrl: string }[]
  files: VideoFile[]
}

export interface VideoFile {
  resolution: { id: number; label: string }
  width: number
  height: number
  fps: number
}

export interface RegisteredPlugin {
  name: string
  npmName: string
  version: string
  clientScripts: Record<string, { script: string; scopes: string[] }>
}

/** `GET /api/v1/config`, as far as plugins need it. */
export interface ServerConfig {
  instance: { name: string }
  plugin: { registered: RegisteredPlugin[] }
}
