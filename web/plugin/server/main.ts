/** The entry point of the plugin's server part: PeerTube calls `register` and `unregister`. */
import { join } from 'node:path'
import type { RegisterServerOptions } from '@peertube/peertube-types'
import { BATCH_TIMING, type BatchTiming } from './outbox.ts'
import { addFederationRoutes } from './federation.ts'
import { Plugin } from './plugin.ts'
import { shareSources } from './sources.ts'
import { keepPlaylists } from './kept/routes.ts'
import { reportRemovedVideos } from './recommendations/removed-videos.ts'
import { fillOtherVideos } from './recommendations/other-videos.ts'
import { addRecommendationRoutes } from './recommendations/routes.ts'
import { addRoutes } from './router.ts'
import { settingsForm } from './settings-form.ts'
import { NAMES } from '../shared/settings.ts'

let running: Plugin | null = null

export async function register(options: RegisterServerOptions): Promise<void> {
  running = await start(options, join(__dirname, '../engine'), BATCH_TIMING)
}

/** Closes the outboxes; PeerTube removes settings, hooks and routes by itself. */
export async function unregister(): Promise<void> {
  await running?.close()
  running = null
}

export async function start(
  options: RegisterServerOptions,
  engine: string,
  timing: BatchTiming,
): Promise<Plugin> {
  const { settingsManager, peertubeHelpers } = options
  const plugin = new Plugin(peertubeHelpers, engine, timing)
  for (const setting of settingsForm()) options.registerSetting(setting)
  plugin.use(await settingsManager.getSettings(NAMES))
  settingsManager.onSettingsChange((kept) => {
    plugin.use(kept)
    return Promise.resolve()
  })
  const router = options.getRouter()
  addRoutes(router, plugin, peertubeHelpers)
  addRecommendationRoutes(router, plugin, peertubeHelpers)
  addFederationRoutes(router, plugin, peertubeHelpers)
  shareSources(options, router, plugin)
  keepPlaylists(options, router, plugin)
  fillOtherVideos(options, plugin)
  reportRemovedVideos(options, plugin)
  return plugin
}
