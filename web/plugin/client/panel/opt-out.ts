/** The viewer's opt-out on this site, in localStorage. */

const KEY = 'mirrorwise-off'

/** False where the browser stores nothing. */
export function isOptedOut(): boolean {
  try {
    return localStorage.getItem(KEY) !== null
  } catch {
    return false
  }
}

/** Throws where the browser stores nothing. */
export function setOptedOut(optedOut: boolean): void {
  if (optedOut) localStorage.setItem(KEY, '1')
  else localStorage.removeItem(KEY)
}
