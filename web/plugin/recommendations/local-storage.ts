/**
 * What this browser keeps for recommendations, in one record.
 *
 * In localStorage, because PeerTube deletes every IndexedDB database of its origin whenever a
 * player is made.
 */
import type { Event } from '../../shared/watch-event.ts'

/**
 * - `shared`: the viewer takes part, and is known by a token
 * - `private`: nothing is sent; what was watched is kept here, and the list is made here
 * - `off`: neither
 */
export type Mode = 'shared' | 'private' | 'off'

export interface Watched {
  video: string
  name: string
  liked: boolean
}

/** A mark that only the secret can make, and for a day which video it was: it is not shown again. */
export interface Told {
  mark: string
  day: string
  video?: string
}

export interface Kept {
  /** Null as long as the viewer has not chosen. */
  mode: Mode | null
  /** 0: more of this, 1: surprise me. */
  surprise: number
  /** UUIDs of videos that are not of interest. */
  without: string[]
  /** By which the service knows this viewer. */
  token: string
  /** Behind the coins; never leaves this browser. */
  secret: string
  told: Told[]
  unsent: Event[]
  /** For private mode; newest last. */
  watched: Watched[]
}

const KEY = 'mirrorwise-recommendations'

export function kept(): Kept {
  try {
    return { ...fresh(), ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Kept>) }
  } catch {
    return fresh()
  }
}

/** False where the browser keeps nothing. */
export function keep(change: Partial<Kept>): boolean {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...kept(), ...change }))
    return true
  } catch {
    return false
  }
}

/** 128 bits in hexadecimal. */
export const random = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')

const fresh = (): Kept => ({
  ...{ mode: null, surprise: 0.5, without: [], token: '', secret: '' },
  ...{ told: [], unsent: [], watched: [] },
})
