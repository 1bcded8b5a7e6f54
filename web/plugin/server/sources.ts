/** The routes of extra sources: what this instance publishes, and what others publish for theirs. */
import type { RegisterServerOptions } from '@peertube/peertube-types'
import type { Router } from 'express'
import { guarded, HttpError } from './http-errors.ts'
import { onWatched } from './kept/routes.ts'
import type { Plugin } from './plugin.ts'
import { addressOf, requireRate } from './router.ts'
import { isForEverybody, lineOf } from '../shared/extra-sources.ts'
import { UUID } from '../shared/short-uuid.ts'

/** A page waits for the answer; an instance that was never asked may take longer. */
const PATIENCE_MS = 150

export function shareSources(
  { registerHook, peertubeHelpers: { logger } }: RegisterServerOptions,
  router: Router,
  plugin: Plugin,
): void {
  onWatched(registerHook, (uuid) => {
    const { settings } = plugin.reading
    if (!settings.enabled || !settings['published-sources']) return
    // Asked now, the list is there when the page asks for it.
    void plugin.published.of(uuid).catch(() => undefined)
  })

  router.get(
    '/sources',
    guarded(logger, (request, response) => {
      plugin.requireOn('enabled', 'publish-sources')
      requireRate(plugin.readLimit.allows(addressOf(request)))
      const sources = plugin.reading.settings['extra-sources'].filter(isForEverybody).map(lineOf)
      response.set('Cache-Control', 'public, max-age=300').json({ sources })
    }),
  )

  router.get(
    '/sources/:uuid',
    guarded(logger, async (request, response) => {
      plugin.requireOn('enabled', 'published-sources')
      requireRate(plugin.readLimit.allows(addressOf(request)))
      const { uuid = '' } = request.params
      if (!UUID.test(uuid)) throw new HttpError(400, 'uuid', 'must be a video’s UUID')
      const sources = await plugin.published.of(uuid, PATIENCE_MS)
      response.set('Cache-Control', 'no-store').json({ sources: sources.map(lineOf) })
    }),
  )
}
