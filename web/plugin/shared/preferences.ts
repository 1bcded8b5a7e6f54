/**
 * A viewer's preferences for recommendations, in one header of the request for "Other videos": the
 * viewer's token, if the viewer takes part, the wish for surprise, and dismissed videos. And how
 * many more videos the page can do with, and the policy of the video that plays.
 */
import { isPolicy, type Policy } from './policy.ts'
import { UUID } from './short-uuid.ts'

export const HEADER = 'Mirrorwise-Wishes'

export interface Preferences {
  /** The token of a viewer who takes part. */
  viewer?: string
  /** 0: more of this, 1: surprise me. */
  surprise?: number
  /** UUIDs of videos that are not of interest. */
  without?: string[]
  /** How many more videos than asked for, because the page leaves some out. */
  more?: number
  /** The policy of the video that plays, if it has its own. */
  policy?: Policy
}

/** The format of tokens, as the service validates it. */
export const TOKEN = /^[A-Za-z0-9_-]{22,64}$/
export const MOST_WITHOUT = 50
export const MOST_MORE = 100
const LONGEST = 3000

export function formatPreferences(preferences: Preferences): string {
  const { viewer, surprise, without = [], more, policy } = preferences
  const said = new URLSearchParams()
  if (viewer !== undefined) said.set('viewer', viewer)
  if (surprise !== undefined) said.set('surprise', String(surprise))
  if (without.length > 0) said.set('without', without.slice(-MOST_WITHOUT).join(','))
  if (more) said.set('more', String(Math.min(more, MOST_MORE)))
  if (policy) said.set('policy', policy)
  return said.toString()
}

/** Parses the header; invalid fields are left out. */
export function parsePreferences(text: unknown): Preferences {
  const said = new URLSearchParams(typeof text === 'string' ? text.slice(0, LONGEST) : '')
  const viewer = said.get('viewer') ?? ''
  const surprise = Number(said.get('surprise') || NaN)
  const more = Number(said.get('more') || NaN)
  const policy = said.get('policy')
  const without = (said.get('without') ?? '').split(',').filter((uuid) => UUID.test(uuid))
  return {
    ...(TOKEN.test(viewer) && { viewer }),
    ...(surprise >= 0 && surprise <= 1 && { surprise }),
    ...(more >= 0 && more <= MOST_MORE && { more: Math.floor(more) }),
    ...(isPolicy(policy) && { policy }),
    ...(without.length > 0 && { without: without.slice(0, MOST_WITHOUT) }),
  }
}
