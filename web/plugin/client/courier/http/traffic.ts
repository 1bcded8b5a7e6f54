/** Connection reuse and overlap: when each host was last used, and which fetches are in flight. */
import type { Host } from '../../../messages.ts'

/**
 * Servers close idle connections after 5 s (Node), 60 s (PeerTube's nginx, 65 s) or later; browsers
 * drop them too. After ten idle seconds a new connection is likely enough to be called one.
 */
const WARM_S = 10

/** Chromium read 20 kB to 3 MB from its cache after 2 to 7 ms, at 200 to 1400 Mbit/s. */
const CACHED_TTFB_S = 0.008
const CACHED_BPS = 200e6

/** An in-flight request. */
export interface InFlight {
  readonly host: Host
  readonly url: string
  ttfb_s: number | null
  /** Another fetch shared the access link. */
  overlapped: boolean
}

export class Traffic {
  readonly #lastUsed_ms = new Map<Host, number>()
  readonly #active = new Set<InFlight>()

  /**
   * Notes a fetch; `cold` when it will probably need a new connection, `sharesFile` when another
   * range of the same file is being fetched.
   */
  begin(fetch: InFlight): { cold: boolean; sharesFile: boolean } {
    const idle_ms = performance.now() - (this.#lastUsed_ms.get(fetch.host) ?? -Infinity)
    const sharesFile = [...this.#active].some(({ url }) => url === fetch.url)
    for (const other of this.#active) other.overlapped = true
    fetch.overlapped = this.#active.size > 0
    this.#active.add(fetch)
    return { cold: idle_ms > WARM_S * 1000, sharesFile }
  }

  end(fetch: InFlight): void {
    this.#active.delete(fetch)
    if (fetch.ttfb_s !== null) this.#lastUsed_ms.set(fetch.host, performance.now())
  }
}

/** Whether an answer may have come from the browser's cache, by its first byte. */
export function mayBeCached(ttfb_s: number): boolean {
  return ttfb_s < CACHED_TTFB_S
}

/**
 * Whether the bytes came from the browser's cache, so that the fetch says nothing about the host.
 * For another origin, only the speed shows this.
 */
export function cameFromCache(ttfb_s: number | null, bytes: number, total_s: number): boolean {
  return ttfb_s !== null && mayBeCached(ttfb_s) && 8 * bytes > CACHED_BPS * (total_s - ttfb_s)
}
