/**
 * The record of recommendations in localStorage: preferences, token, and history.
 *
 * Not in IndexedDB: PeerTube deletes every database of its origin whenever a player is created.
 */
import type { Event } from '../shared/watch-event.ts'

/**
 * - `shared`: the viewer takes part: watch events are sent under a token
 * - `private`: nothing is sent; the history is stored here, and the list is ranked here
 * - `off`: neither
 */
export type Mode = 'shared' | 'private' | 'off'

export interface Watched {
  video: string
  name: string
  liked: boolean
}

/**
 * A reported video: a keyed hash, and for one day the UUID, so that the video is not recommended
 * again.
 */
export interface ReportedVideo {
  mark: string
  day: string
  video?: string
}

export interface Stored {
  /** Null while the viewer has not chosen. */
  mode: Mode | null
  /** 0: more of this, 1: surprise me. */
  surprise: number
  /** UUIDs of dismissed videos. */
  without: string[]
  /** Those dismissed under an earlier token: sent with a new one, they would link both. */
  withoutBefore: string[]
  /** The viewer's pseudonym at the service. */
  token: string
  /** Seeds the coins of randomised response; never leaves this browser. */
  secret: string
  told: ReportedVideo[]
  unsent: Event[]
  /** The history of private mode; newest last. */
  watched: Watched[]
}

const KEY = 'mirrorwise-recommendations'

export function stored(): Stored {
  try {
    return { ...fresh(), ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Stored>) }
  } catch {
    return fresh()
  }
}

/** Changes fields of the record; false where the browser stores nothing. */
export function store(change: Partial<Stored>): boolean {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...stored(), ...change }))
    return true
  } catch {
    return false
  }
}

/** 128 bits in hexadecimal. */
export const randomToken = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')

const fresh = (): Stored => ({
  ...{ mode: null, surprise: 0.5, without: [], withoutBefore: [], token: '', secret: '' },
  ...{ told: [], unsent: [], watched: [] },
})
