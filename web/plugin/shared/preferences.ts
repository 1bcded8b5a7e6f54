/**
 * What a viewer's page says when it asks for "Other videos": who it is, if the viewer takes part,
 * and what the viewer wants. It travels in one header of that one request.
 */
import { UUID } from './short-uuid.ts'

export const HEADER = 'Mirrorwise-Wishes'

export interface Wishes {
  /** The token of a viewer who takes part. */
  viewer?: string
  /** 0: more of this, 1: surprise me. */
  surprise?: number
  /** UUIDs of videos that are not of interest. */
  without?: string[]
}

/** As the service wants it. */
export const TOKEN = /^[A-Za-z0-9_-]{22,64}$/
export const MOST_WITHOUT = 50
const LONGEST = 3000

export function writeWishes({ viewer, surprise, without = [] }: Wishes): string {
  const said = new URLSearchParams()
  if (viewer !== undefined) said.set('viewer', viewer)
  if (surprise !== undefined) said.set('surprise', String(surprise))
  if (without.length > 0) said.set('without', without.slice(-MOST_WITHOUT).join(','))
  return said.toString()
}

/** What of it is as it should be. */
export function readWishes(text: unknown): Wishes {
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
