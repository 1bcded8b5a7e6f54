/** Whether this viewer has turned us off on this site. */

const KEY = 'mirrorwise-off'

/** On where the browser keeps nothing: who cannot be remembered cannot have turned it off. */
export function isOn(): boolean {
  try {
    return localStorage.getItem(KEY) === null
  } catch {
    return true
  }
}

/** Throws when the browser keeps nothing. */
export function turn(on: boolean): void {
  if (on) localStorage.removeItem(KEY)
  else localStorage.setItem(KEY, '1')
}
