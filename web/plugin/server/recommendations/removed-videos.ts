/** Reports deleted and no longer public videos to the service at once. */
import type { RegisterServerOptions } from '@peertube/peertube-types'
import type { Plugin } from '../plugin.ts'
import { handler } from './hooks.ts'
import { UUID } from '../../shared/short-uuid.ts'

interface Changed {
  video?: { uuid?: unknown; privacy?: unknown }
}

/** PeerTube's VideoPrivacy.PUBLIC. */
const PUBLIC = 1

export function reportRemovedVideos({ registerHook }: RegisterServerOptions, plugin: Plugin): void {
  const tell = ({ video }: Changed): void => {
    const { settings } = plugin.reading
    const isWanted = settings.enabled && settings.recommendations && plugin.service.isSet
    if (isWanted && typeof video?.uuid === 'string' && UUID.test(video.uuid)) {
      plugin.recommendations.removals.add([video.uuid], null)
    }
  }
  registerHook({ target: 'action:api.video.deleted', handler: handler(tell) })
  registerHook({
    target: 'action:api.video.updated',
    handler: handler((changed: Changed) => {
      if (changed.video?.privacy !== PUBLIC) tell(changed)
    }),
  })
}
