/**
 * Keeps a live's segments in memory for p2p-media-loader, which forgets them by the same rules as in
 * its own storage. One thing differs: peers hear of a new segment when the loader can tell them.
 *
 * In 2.2 the loader broadcasts what it has just before it stores a segment, and drops the broadcast
 * that its storage asks for in the same microtask. So what came by HTTP is announced with the next
 * segment only, which is 2.0 to 3.4 s later (medians in Chromium). A microtask later it is heard.
 */

/** Decides whether a peer gets a segment of so many bytes. */
type Admit = (bytes: number) => boolean

interface StreamConfig {
  highDemandTimeWindow?: number
}

interface Stored {
  stream: string
  segment: number
  data: ArrayBuffer
  end_s: number
  type: string
}

const MIB = 1 << 20
/** Half an hour of 4.5 Mbit/s, while the viewer has paused; the loader then fetches no further. */
const MOST_MIB = 1024

/** `SegmentStorage` of p2p-media-loader 2.2 and 2.3. */
export class Storage {
  readonly #stored = new Map<string, Stored>()
  #configs: Record<string, StreamConfig> = {}
  #most_MiB = MOST_MIB
  #position_s = -Infinity
  #announce: (stream: string) => void = () => undefined
  readonly #admit: Admit
  /** The segment that the loader asks for itself in this microtask. */
  #own: string | null = null

  constructor(admit: Admit = () => true) {
    this.#admit = admit
  }

  initialize(
    common: { segmentMemoryStorageLimit?: number | undefined },
    main: StreamConfig,
    secondary: StreamConfig,
  ): Promise<void> {
    this.#most_MiB = common.segmentMemoryStorageLimit ?? MOST_MIB
    this.#configs = { main, secondary }
    return Promise.resolve()
  }

  onPlaybackUpdated(position_s: number): void {
    this.#position_s = position_s
  }

  /** hls.js wants the segment; the loader asks for its bytes at once, if it is here. */
  onSegmentRequested(_swarm: string, stream: string, segment: number): void {
    const own = (this.#own = key(stream, segment))
    queueMicrotask(() => {
      if (this.#own === own) this.#own = null
    })
  }

  storeSegment(
    _swarm: string,
    stream: string,
    segment: number,
    data: ArrayBuffer,
    _start_s: number,
    end_s: number,
    type: string,
    isLive: boolean,
  ): Promise<void> {
    const changed = this.#forget(isLive, data.byteLength)
    this.#stored.set(key(stream, segment), { stream, segment, data, end_s, type })
    for (const stale of changed.add(stream)) queueMicrotask(() => this.#announce(stale))
    return Promise.resolve()
  }

  getSegmentData(
    _swarm: string,
    stream: string,
    segment: number,
  ): Promise<ArrayBuffer | undefined> {
    const name = key(stream, segment)
    const data = this.#stored.get(name)?.data
    // All but the loader's own calls come from peers, who are told that the segment is absent.
    if (data && this.#own !== name && !this.#admit(data.byteLength))
      return Promise.resolve(undefined)
    return Promise.resolve(data)
  }

  hasSegment(_swarm: string, stream: string, segment: number): boolean {
    return this.#stored.has(key(stream, segment))
  }

  getStoredSegmentIds(_swarm: string, stream: string): number[] {
    return [...this.#stored.values()]
      .filter((stored) => stored.stream === stream)
      .map(({ segment }) => segment)
  }

  /** In MiB; what has been played does not count. */
  getUsage(): { totalCapacity: number; usedCapacity: number } {
    const ahead = [...this.#stored.values()].filter(({ end_s }) => end_s >= this.#position_s)
    return { totalCapacity: this.#most_MiB, usedCapacity: bytesOf(ahead) / MIB }
  }

  setSegmentChangeCallback(announce: (stream: string) => void): void {
    this.#announce = announce
  }

  /** Tells peers again what is here. */
  announceAll(): void {
    for (const stream of new Set([...this.#stored.values()].map(({ stream }) => stream)))
      this.#announce(stream)
  }

  destroy(): void {
    this.#stored.clear()
  }

  /** Removes what has been played; returns the streams that have lost a segment. */
  #forget(isLive: boolean, coming: number): Set<string> {
    const changed = new Set<string>()
    const isFull = (): boolean =>
      (bytesOf([...this.#stored.values()]) + coming) / MIB > this.#most_MiB
    const oldest = [...this.#stored].sort(([, a], [, b]) => a.end_s - b.end_s)
    for (const [name, { stream, end_s, type }] of oldest) {
      if (!isLive && !isFull()) break
      // Peers who are a little behind may still ask for it.
      const kept_s = isLive ? (this.#configs[type]?.highDemandTimeWindow ?? 0) : 0
      if (this.#position_s <= end_s + kept_s) continue
      this.#stored.delete(name)
      changed.add(stream)
    }
    return changed
  }
}

const key = (stream: string, segment: number): string => `${stream}|${segment}`

const bytesOf = (stored: Stored[]): number =>
  stored.reduce((sum, { data }) => sum + data.byteLength, 0)
