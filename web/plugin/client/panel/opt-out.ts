/** The viewer's opt-out on this site, in localStorage. */

/** The record's name; other tabs hear of its change. */
export const OFF_KEY = 'mirrorwise-off'

/** False where the browser stores nothing. */
export function isOptedOut(): boolean {
  try {
    return localStorage.getItem(OFF_KEY) !== null
  } catch {
    return false
  }
}

/** Throws where the browser stores nothing. */
export function setOptedOut(optedOut: boolean): void {
  if (optedOut) localStorage.setItem(OFF_KEY, '1')
  else localStorage.removeItem(OFF_KEY)
}
