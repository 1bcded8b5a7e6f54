/** Where PeerTube's player meets ours: hooks, and what becomes of them when ours fail. */
import { CircuitBreaker } from './courier/circuit-breaker.ts'
import { Page, type Helpers, type LoaderPayload, type Player } from './player/page.ts'
import type { LoadOptions } from './player/video.ts'
import type { VideoDetails } from '../shared/video-details.ts'

export type { Handle } from './player/page.ts'

interface RegisterOptions {
  registerHook: (hook: { target: string; handler: (payload: never) => unknown }) => void
  peertubeHelpers: Helpers
}

export function register({ registerHook, peertubeHelpers }: RegisterOptions): void {
  const breaker = new CircuitBreaker()
  const page = new Page(breaker, peertubeHelpers)
  /** Returns what it was given when ours fail. */
  const filter = <T>(target: string, ours: (value: T) => T | Promise<T>): void =>
    registerHook({
      target: `filter:${target}.result`,
      handler: (value: T) =>
        breaker.guard(
          () => ours(value),
          () => value,
        ),
    })
  filter('api.video-watch.video.get', (details: VideoDetails) => page.meet(details))
  filter('internal.video-watch.player.load-options', (options: LoadOptions) => page.expect(options))
  filter('internal.player.p2p-media-loader.options', (payload: LoaderPayload) =>
    page.equip(payload),
  )
  for (const place of ['video-watch', 'embed']) {
    registerHook({
      target: `action:${place}.player.loaded`,
      handler: ({ player }: { player: Player }) =>
        breaker.guard(
          () => page.attach(player),
          () => undefined,
        ),
    })
  }
}
