/** Registers the hooks of recommendations on PeerTube's watch page. */
import type { VideoDetails } from '../shared/video-details.ts'
import { isSupported } from '../shared/browser-support.ts'
import { settingsOfPage } from '../shared/page-settings.ts'
import { readSettings } from '../shared/settings.ts'
import { skipDismissed, type LoadOptions } from './list/next-video.ts'
import { interceptRequests } from './list/interceptor.ts'
import { Visit, type Helpers } from './visit.ts'

interface RegisterOptions {
  registerHook: (hook: { target: string; handler: (payload: never) => unknown }) => void
  peertubeHelpers: Helpers
}

/** Registers the hooks without waiting for the settings: PeerTube's page must not be delayed. */
export function register({ registerHook, peertubeHelpers }: RegisterOptions): void {
  if (!isSupported()) return
  let isOn = true
  const visit = new Visit(peertubeHelpers)
  /** Runs our code; after an exception recommendations are off, and PeerTube's page goes on. */
  const guarded = (ours: () => void): void => {
    try {
      if (isOn) ours()
    } catch (error) {
      isOn = false
      console.warn('mirrorwise: recommendations are off for this page:', error)
    }
  }
  registerHook({
    target: 'filter:api.video-watch.video.get.result',
    handler: (details: VideoDetails) => {
      guarded(() => visit.meet(details))
      return details
    },
  })
  registerHook({
    target: 'action:video-watch.player.loaded',
    handler: ({ player }: { player: { el(): Element } }) => guarded(() => visit.watch(player.el())),
  })
  registerHook({
    target: 'filter:internal.video-watch.player.load-options.result',
    handler: (options: LoadOptions) => {
      guarded(() => skipDismissed(options))
      return options
    },
  })
  interceptRequests((request) => guarded(() => visit.recommend(request)))
  addEventListener('pagehide', () => guarded(() => visit.settle()))
  void settingsOfPage(peertubeHelpers).then(
    (kept) => {
      const { settings } = readSettings(kept)
      isOn = settings.enabled && settings.recommendations
      visit.begin(isOn ? settings : null)
    },
    () => visit.begin(null),
  )
}
