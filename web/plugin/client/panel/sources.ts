/**
 * The panel's data sources: interfaces to the history, the planner, the reporter and the opt-out.
 */
import type { EngineState } from '../planner/engine.ts'
import type { Explanation, Line } from '../../messages.ts'
import type { History } from './history.ts'
import type { LiveSources } from './live.ts'

export interface PanelSources {
  /** Null for other videos, and for lives that are left to PeerTube. */
  live: LiveSources | null
  /** Null when PeerTube's own picker serves this video. */
  history: History | null
  /** Null when this page loads no engine. */
  planner: Beliefs | null
  /** Null when the site has switched reports off. */
  reporter: Reports | null
  /** Whether fetches of the video may be reported. */
  isPublic: boolean
  /**
   * Whether today's coin puts this viewer into the control group, where PeerTube's picker serves.
   */
  inControl: boolean
  /** The viewer has not opted out here; see `opt-out.ts`. */
  isOn: boolean
  /**
   * Whether PeerTube's own picker serves until the page is reloaded, whatever the viewer's choice.
   */
  isOver: () => boolean
  /** Stores the viewer's choice for this site; off takes effect at once. */
  turn(on: boolean): void
  /** Makes the viewer's other tabs of this site forget as well. */
  tellOtherTabsToForget(): void
  /** The origin does not answer: its small files come from this instance, segments from mirrors. */
  isOriginGone: () => boolean
  /** `peertubeHelpers.translate`; null in embeds, where it does not know our strings. */
  translate: ((text: string) => Promise<string>) | null
}

export interface Beliefs {
  readonly state: EngineState
  explain(): Promise<Explanation | null>
  /** Deletes the engine's beliefs, and the memory of them in this browser. */
  forget(): Promise<void>
}

export interface Reports {
  preview(): Promise<Line[]>
  /** Deletes the diary, the lines that were reported, and the secret behind the coins. */
  forget(): Promise<void>
}
