/** Registers the client script's hooks; exceptions in them leave PeerTube's values as they were. */
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
  /** A hook that returns its input when `ours` throws. */
  const filter = <T>(target: string, ours: (value: T) => T | Promise<T>): void =>
    registerHook({
      target: `filter:${target}.result`,
      handler: (value: T) =>
        breaker.guard(
          () => ours(value),
          () => value,
        ),
    })
  filter('api.video-watch.video.get', (details: VideoDetails) => page.onVideo(details))
  filter('internal.video-watch.player.load-options', (options: LoadOptions) =>
    page.onLoadOptions(options),
  )
  filter('internal.player.p2p-media-loader.options', (payload: LoaderPayload) =>
    page.onLoaderOptions(payload),
  )
  for (const place of ['video-watch', 'embed']) {
    registerHook({
      target: `action:${place}.player.loaded`,
      handler: ({ player }: { player: Player }) =>
        breaker.guard(
          () => page.onPlayer(player),
          () => undefined,
        ),
    })
  }
}
