/** The sha256 digests of a live's segments, fetched while the bytes of a segment still come. */
import { pause } from '../courier/timeouts.ts'
import { digestIn, readList, type LoadList } from '../courier/video/integrity.ts'

/** PeerTube's own player asks ten more times, half a second apart, before it refuses a segment. */
const MOST_TRIES = 10
const RETRY_S = 0.5

const never = new AbortController().signal

export class LiveDigests {
  readonly #load: LoadList
  /** A live's list holds the segments of its last minute; peers may send one that has just left. */
  #lists: object[] = []
  #asking: Promise<void> | null = null

  constructor(load: LoadList) {
    this.#load = load
  }

  /** The segment's digest if it is here already. */
  known(file: string): string | null {
    for (const list of this.#lists) {
      const digest = digestIn(list, file, undefined)
      if (digest !== null) return digest
    }
    return null
  }

  /** Fetches the list if it lacks the segment; called when the segment's download begins. */
  expect(file: string): void {
    if (this.known(file) === null) void this.#ask()
  }

  /** The segment's digest; null when the origin does not tell it in time. */
  async digest(file: string): Promise<string | null> {
    for (let tries = 0; tries <= MOST_TRIES; tries++) {
      // A new segment may be in the playlist a moment before it is in the list.
      if (tries > 1) await pause(RETRY_S, never)
      const digest = this.known(file)
      if (digest !== null) return digest
      await this.#ask()
    }
    return this.known(file)
  }

  /** One request serves all who wait. */
  #ask(): Promise<void> {
    this.#asking ??= this.#fetch().finally(() => (this.#asking = null))
    return this.#asking
  }

  async #fetch(): Promise<void> {
    const [before = {}] = this.#lists
    const list = await readList(this.#load).catch(() => null)
    if (list) this.#lists = [list, before]
  }
}
