/**
 * A viewer's preferences for recommendations, in one header of the request for "Other videos": the
 * viewer's token, if the viewer takes part, the wish for surprise, and dismissed videos.
 */
import { UUID } from './short-uuid.ts'

export const HEADER = 'Mirrorwise-Wishes'

export interface Preferences {
  /** The token of a viewer who takes part. */
  viewer?: string
  /** 0: more of this, 1: surprise me. */
  surprise?: number
  /** UUIDs of videos that are not of interest. */
  without?: string[]
}

/** The format of tokens, as the service validates it. */
export const TOKEN = /^[A-Za-z0-9_-]{22,64}$/
export const MOST_WITHOUT = 50
const LONGEST = 3000

export function formatPreferences({ viewer, surprise, without = [] }: Preferences): string {
  const said = new URLSearchParams()
  if (viewer !== undefined) said.set('viewer', viewer)
  if (surprise !== undefined) said.set('surprise', String(surprise))
  if (without.length > 0) said.set('without', without.slice(-MOST_WITHOUT).join(','))
  return said.toString()
}

/** Parses the header; invalid fields are left out. */
export function parsePreferences(text: unknown): Preferences {
  const said = new URLSearchParams(typeof text === 'string' ? text.slice(0, LONGEST) : '')
  const viewer = said.get('viewer') ?? ''
  const surprise = Number(said.get('surprise') || NaN)
  const without = (said.get('without') ?? '').split(',').filter((uuid) => UUID.test(uuid))
  return {
    ...(TOKEN.test(viewer) && { viewer }),
    ...(surprise >= 0 && surprise <= 1 && { surprise }),
    ...(without.length > 0 && { without: without.slice(0, MOST_WITHOUT) }),
  }
}
