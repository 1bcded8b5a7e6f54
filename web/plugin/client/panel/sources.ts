/** What the panel needs from the rest of the client; whatever is missing is said to be missing. */
import type { EngineState } from '../planner/engine.ts'
import type { Explanation, Line } from '../../messages.ts'
import type { History } from './history.ts'

export interface PanelSources {
  /** What the player has been through with this video; null when PeerTube's own picker serves. */
  history: History | null
  /** Null when no engine was wanted on this page. */
  planner: Beliefs | null
  /** Null when nothing is ever reported: the site has switched reports off. */
  reporter: Reports | null
  /** The video may be reported about. */
  isPublic: boolean
  /** Today's coin lets PeerTube's own picker serve this viewer. */
  inControl: boolean
  /** The viewer has not turned us off here; see `power.ts`. */
  isOn: boolean
  /** Whatever the switch says, PeerTube's own picker serves until the page is loaded anew. */
  isOver: () => boolean
  /** Remembers it for this site; what is playing is let go of at once where that can be. */
  turn(on: boolean): void
  /** In which numbers are written. */
  language: string
  /** Translations are at hand; else they are fetched, which is done only for who opens the panel. */
  isFluent: boolean
  /** As `peertubeHelpers.translate`: the text itself where there is no translation. */
  translate(text: string): Promise<string>
}

export interface Beliefs {
  readonly state: EngineState
  explain(): Promise<Explanation | null>
  /** Empties the engine and what this browser stores of it. */
  forget(): Promise<void>
}

export interface Reports {
  preview(): Promise<Line[]>
  /** Drops the day's counts, what was told, and the secret behind the coins. */
  forget(): Promise<void>
}
