/** How much of a video was watched, and what that says in one bit. */

/** As long as PeerTube waits before it counts a view. */
const PLAYED_S = 10
const ENGAGED_SHARE = 0.5
/** Ten minutes of a long film say as much as half of a short one. */
const ENGAGED_S = 600

export interface Sight {
  watched_s: number
  /** Infinite for a live. */
  duration_s: number
  thumb: 'up' | 'down' | null
}

/** Whether the viewer was engaged; null for what was hardly begun. */
export function engagement({ watched_s, duration_s, thumb }: Sight): boolean | null {
  if (thumb) return thumb === 'up'
  const half = watched_s >= ENGAGED_SHARE * duration_s
  if (!half && watched_s < PLAYED_S) return null
  return half || watched_s >= ENGAGED_S
}

/** Looks at one video while it plays. */
export class Watching {
  readonly #media: HTMLMediaElement
  readonly #look = () => this.look()
  #watched_s = 0
  #duration_s = Infinity

  constructor(media: HTMLMediaElement) {
    this.#media = media
    media.addEventListener('timeupdate', this.#look)
  }

  /** What has been played is counted once, however often; a new source begins anew. */
  look(): void {
    const { played, duration } = this.#media
    const lengths = Array.from({ length: played.length }, (_, i) => played.end(i) - played.start(i))
    const sum_s = lengths.reduce((sum, length) => sum + length, 0)
    this.#watched_s = Math.max(this.#watched_s, sum_s)
    if (duration > 0) this.#duration_s = duration
  }

  end(): Sight {
    this.#media.removeEventListener('timeupdate', this.#look)
    return { watched_s: this.#watched_s, duration_s: this.#duration_s, thumb: thumb() }
  }
}

/** The buttons below PeerTube's player. */
function thumb(): Sight['thumb'] {
  const pressed = (name: string) => document.querySelector(`.action-button-${name}.activated`)
  if (pressed('like')) return 'up'
  return pressed('dislike') ? 'down' : null
}
