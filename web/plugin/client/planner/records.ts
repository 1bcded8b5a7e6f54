/**
 * JSON records in localStorage, a few kB. Not in IndexedDB: PeerTube's player deletes every
 * database of its origin whenever it is created (`deleteLegacyIndexedDB`).
 */
const PREFIX = 'mirrorwise-'

export class Records {
  /** Undefined when there is no such record, and where the browser stores nothing. */
  get(name: string): unknown {
    try {
      return JSON.parse(localStorage.getItem(PREFIX + name) ?? '')
    } catch {
      return undefined
    }
  }

  /** False where the browser stores nothing. */
  put(name: string, record: unknown): boolean {
    return change(() => localStorage.setItem(PREFIX + name, JSON.stringify(record)))
  }

  remove(...names: string[]): boolean {
    return change(() => names.forEach((name) => localStorage.removeItem(PREFIX + name)))
  }
}

function change(make: () => void): boolean {
  try {
    make()
    return true
  } catch (error) {
    console.warn('mirrorwise: nothing can be remembered:', error)
    return false
  }
}
