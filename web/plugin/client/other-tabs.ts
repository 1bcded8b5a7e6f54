/** What the viewer chooses in one tab holds in the others too: tabs learn of it by storage events. */
import { OFF_KEY } from './panel/opt-out.ts'

/** Only passes through the storage; nothing stays. */
const FORGET_KEY = 'mirrorwise-forget'

interface Wishes {
  off: () => void
  forget: () => void
}

/** Makes the other tabs forget as well. */
export function tellOtherTabsToForget(): void {
  try {
    localStorage.setItem(FORGET_KEY, String(Math.random()))
    localStorage.removeItem(FORGET_KEY)
  } catch {
    // A browser that stores nothing has nothing to forget in other tabs' storage either.
  }
}

/** Calls `off` or `forget` when the viewer has chosen that in another tab. */
export function hearOtherTabs({ off, forget }: Wishes): void {
  addEventListener('storage', ({ key, newValue }) => {
    // Without a key all of the site's data was deleted.
    if (key === null || (key === FORGET_KEY && newValue !== null)) forget()
    else if (key === OFF_KEY && newValue !== null) off()
  })
}
