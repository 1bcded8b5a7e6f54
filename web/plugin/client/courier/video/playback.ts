/** Reads the inputs of a plan from hls.js: the buffer, the resolution, the segment's position. */
import type { ByteRange } from '../http/range.ts'

/** The fields of hls.js that are read. */
export interface HlsView {
  media: HTMLMediaElement | null
  levels: (Playlist & { bitrate: number })[]
  audioTracks: Playlist[]
  /** The viewer has not chosen a resolution. */
  autoLevelEnabled: boolean
  /** The best level that may be chosen for the viewer. */
  maxAutoLevel: number
  loadLevel: number
}

interface Playlist {
  details?: { fragments: Fragment[] } | undefined
}

interface Fragment {
  url: string
  duration: number
  byteRangeStartOffset?: number | undefined
}

interface Place {
  segment_s: number
  /** Segments still to come, this one included. */
  left: number
}

/** PeerTube cuts videos into segments of 4 s. */
const UNKNOWN_PLACE = { segment_s: 4, left: null }

/** Smaller gaps in the buffer are rounding errors. */
const GAP_S = 0.1

export class Playback {
  #hls: HlsView | null = null
  readonly #places = new WeakMap<object, Map<string, Place>>()

  watch(hls: HlsView): void {
    this.#hls = hls
  }

  get media(): HTMLMediaElement | null {
    return this.#hls?.media ?? null
  }

  /** Nothing has been played yet. */
  get starting(): boolean {
    return !this.media || this.media.played.length === 0
  }

  /** Media time buffered ahead of the playhead. */
  get buffer_s(): number {
    const { media } = this
    if (!media) return 0
    const { buffered, currentTime } = media
    for (let i = 0; i < buffered.length; i++) {
      const end = buffered.end(i)
      if (buffered.start(i) <= currentTime + GAP_S && end > currentTime) return end - currentTime
    }
    return 0
  }

  /** Bit rate of the best resolution that may be played; null before the levels are known. */
  get top_mbps(): number | null {
    if (!this.#hls) return null
    const { levels, autoLevelEnabled, maxAutoLevel, loadLevel } = this.#hls
    const top = levels[autoLevelEnabled ? maxAutoLevel : loadLevel]
    return top ? top.bitrate / 1e6 : null
  }

  place(url: string, range: ByteRange | undefined): Place | typeof UNKNOWN_PLACE {
    const key = placeKey(url, range?.start)
    for (const { details } of [...(this.#hls?.levels ?? []), ...(this.#hls?.audioTracks ?? [])]) {
      const place = details && this.#index(details).get(key)
      if (place) return place
    }
    return UNKNOWN_PLACE
  }

  /** Built once per playlist: a film has thousands of fragments. */
  #index(details: { fragments: Fragment[] }): Map<string, Place> {
    let index = this.#places.get(details)
    if (!index) {
      const { fragments } = details
      index = new Map(
        fragments.map((fragment, i) => [
          placeKey(fragment.url, fragment.byteRangeStartOffset),
          { segment_s: fragment.duration, left: fragments.length - i },
        ]),
      )
      this.#places.set(details, index)
    }
    return index
  }
}

function placeKey(url: string, start: number | undefined): string {
  return `${url}|${start ?? ''}`
}
