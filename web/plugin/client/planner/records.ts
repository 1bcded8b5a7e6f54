/**
 * Records that stay on this device, a few kB in localStorage: PeerTube's player deletes every
 * IndexedDB database of its origin whenever it is made (`deleteLegacyIndexedDB`).
 */
const PREFIX = 'mirrorwise-'

export class Records {
  /** Undefined when there is none, and where the browser keeps nothing. */
  get(name: string): unknown {
    try {
      return JSON.parse(localStorage.getItem(PREFIX + name) ?? '')
    } catch {
      return undefined
    }
  }

  /** True when the record will be there again. */
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
