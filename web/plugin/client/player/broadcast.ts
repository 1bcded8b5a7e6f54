/** Loads the part for lives, which is a script of its own, and only where a live with P2P plays. */
import type { CircuitBreaker } from '../courier/circuit-breaker.ts'
import type { Live } from '../live/live.ts'
import type { LoaderOptions } from '../p2p-media-loader.ts'
import { originInits } from './loader-options.ts'
import type { Broadcast } from './video.ts'

/** Beside this script: see `web/build/layout.ts`. */
const SCRIPT = new URL('live.js', import.meta.url).href

/** Null where PeerTube plays the live without P2P, as it does with small latency. */
export async function beginLive(
  loader: LoaderOptions,
  { segmentsSha256Url }: Broadcast,
  breaker: CircuitBreaker,
): Promise<Live | null> {
  if (loader.isP2PDisabled) return null
  try {
    const { Live } = (await import(SCRIPT)) as typeof import('../live/live.ts')
    const init = originInits(loader.httpRequestSetup, 0)
    const digests = async (signal: AbortSignal): Promise<Response> =>
      fetch(segmentsSha256Url, { ...(await init(segmentsSha256Url)), signal })
    return Live.begin(loader, digests, breaker)
  } catch (error) {
    console.warn('mirrorwise: this live is left alone:', error)
    return null
  }
}
