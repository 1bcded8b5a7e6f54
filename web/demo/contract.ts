/** Types of the demo's HTTP messages, and of the part of PeerTube's API that the demo serves. */
import type { Conditions } from './server/conditions.ts'

/** The `Authorization` header of the demo's viewer of private videos. */
export const AUTHORIZATION = 'Bearer demo-viewer'

/** A change of a host's conditions at a time of the schedule. */
export interface ScheduleStep {
  /** Time since the start of the schedule. */
  at_s: number
  /** Text of the mark in the charts; absent where conditions change all the time. */
  words?: string
  conditions: Partial<Conditions>
}

export interface HostState {
  name: string
  /** A short description of the host. */
  words: string
  /** A source of the plugin's settings, of which PeerTube knows nothing. */
  isExtra: boolean
  euro_per_TB: number
  /** For instance `http://127.0.0.1:8080`. */
  host: string
  conditions: Conditions
  schedule: ScheduleStep[]
  /** Whether the schedule is running; a change by hand stops it. */
  scheduled: boolean
}

/** Answer to `GET /demo/fleet`. */
export interface FleetState {
  /** Origin first. */
  hosts: HostState[]
  /** The operator's page and a description of it, once the service runs. */
  report: { page: string; words: string } | null
}

/** Body of `POST /demo/fleet`, which answers with the new state. */
export type FleetChange =
  | { host: string; conditions: Partial<Conditions> }
  | { host: string; scheduled: boolean }
  /** Starts every schedule anew. */
  | { restart: true }

/** Answer to `GET /api/v1/videos/<uuid>`, as far as a player needs it. */
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

/** Answer to `GET /api/v1/config`, as far as plugins need it. */
export interface ServerConfig {
  instance: { name: string }
  plugin: { registered: RegisteredPlugin[] }
}
