/** The route of kept files, and the hook that tells which videos are watched. */
import type { RegisterServerOptions } from '@peertube/peertube-types'
import type { Router } from 'express'
import { guarded, HttpError } from '../http-errors.ts'
import type { Plugin } from '../plugin.ts'
import { addressOf, requireRate } from '../router.ts'
import { UUID } from '../../shared/short-uuid.ts'

const BYTES_IN_MB = 1e6

export function keepPlaylists(
  { registerHook, peertubeHelpers }: RegisterServerOptions,
  router: Router,
  plugin: Plugin,
): void {
  onWatched(registerHook, (uuid) => {
    const { settings } = plugin.reading
    if (!settings.enabled || !settings['keep-playlists']) return
    void plugin.keeper.watched(uuid, settings['keep-playlists-mb'] * BYTES_IN_MB)
  })
  router.get(
    '/kept/:uuid/:file',
    guarded(peertubeHelpers.logger, async (request, response) => {
      plugin.requireOn('enabled', 'keep-playlists')
      requireRate(plugin.readLimit.allows(addressOf(request)))
      const { uuid = '', file = '' } = request.params
      const kept = UUID.test(uuid)
        ? await plugin.keeper.file(uuid, file, request.headers.range)
        : null
      if (!kept) throw new HttpError(404, 'file', 'is not kept here')
      response.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' })
      response.type(kept.type)
      if (kept.type === 'video/mp4') {
        const range = request.headers.range?.replace(/^bytes=/, '') ?? ''
        response.status(206).set('Content-Range', `bytes ${range}/*`)
      }
      // Not `send`, which would answer the range of a range.
      response.end(kept.bytes)
    }),
  )
}

/** Hears of each video whose page is opened here. */
export function onWatched(
  registerHook: RegisterServerOptions['registerHook'],
  hear: (uuid: string) => void,
): void {
  registerHook({
    target: 'filter:api.video.get.result',
    // In PeerTube's type a handler has no parameters.
    handler: ((video: unknown) => {
      const { uuid } = Object(video) as { uuid?: unknown }
      if (typeof uuid === 'string' && UUID.test(uuid)) hear(uuid)
      return video
    }) as () => unknown,
  })
}
