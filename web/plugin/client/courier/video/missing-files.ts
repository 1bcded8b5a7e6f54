/**
 * Which files each host lacks: a property of host and file, never of the host.
 *
 * PeerTube's mirrors copy no separate audio and no resolution that was made after the copy, and
 * they evict one video and keep a hundred others. All this is forgotten with the page.
 */

/** A host is asked again after this time: it may have copied the file meanwhile. */
const ASK_AGAIN_MS = 5 * 60_000
/** A host that lacks so many of a video's files, and has shown none, lacks the video. */
const FILES_OF_A_VIDEO = 3
/** Most folders that are remembered; the oldest is dropped. */
const MAX_FOLDERS = 256

interface Folder {
  /** When each missing file was last asked for. */
  missing: Map<string, number>
  /** Some file of the folder was there. */
  hasSome: boolean
}

export class MissingFiles {
  readonly #folders = new Map<string, Folder>()

  /** Whether the file at this address is known to be missing. */
  lacks(url: string): boolean {
    const [path, file] = split(url)
    const folder = this.#folders.get(path)
    if (!folder) return false
    const { missing, hasSome } = folder
    const lacksAll = !hasSome && missing.size >= FILES_OF_A_VIDEO
    const asked_ms = missing.get(file) ?? (lacksAll ? Math.max(...missing.values()) : -Infinity)
    return performance.now() - asked_ms < ASK_AGAIN_MS
  }

  /** Notes that the file is missing, or is another version than that of the playlist. */
  noteMissing(url: string): void {
    const [path, file] = split(url)
    const folder = this.#folders.get(path) ?? { missing: new Map(), hasSome: false }
    folder.missing.set(file, performance.now())
    this.#folders.set(path, folder)
    const [oldest] = this.#folders.keys()
    if (this.#folders.size > MAX_FOLDERS && oldest !== undefined) this.#folders.delete(oldest)
  }

  noteFound(url: string): void {
    const [path, file] = split(url)
    const folder = this.#folders.get(path)
    if (!folder) return
    folder.hasSome = true
    folder.missing.delete(file)
  }
}

/** Folder and file of an address, without the query, which may hold a token. */
function split(url: string): [folder: string, file: string] {
  const { origin, pathname } = new URL(url)
  const end = pathname.lastIndexOf('/') + 1
  return [origin + pathname.slice(0, end), pathname.slice(end)]
}
