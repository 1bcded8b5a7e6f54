/** The router's endpoints for recommendations: events, deletion, lists, the table of neighbours. */
import type { RegisterServerOptions } from '@peertube/peertube-types'
import type { Request, Response, Router } from 'express'
import { guarded, HttpError } from '../http-errors.ts'
import type { Plugin } from '../plugin.ts'
import { addressOf, bodyOf, requireRate } from '../router.ts'
import { readEvents, readViewer } from './event-validation.ts'

type Helpers = RegisterServerOptions['peertubeHelpers']

/** Query parameters that are passed on; the service validates their values. */
const FIELDS =
  'strategy video viewer start count nsfw surprise languageOneOf subscribed muted without'
const LONGEST_VALUE = 6000
/** Deletion takes the service long, because it folds the remaining events again. */
const FORGETTING_MS = 60_000

export function addRecommendationRoutes(router: Router, plugin: Plugin, { logger }: Helpers): void {
  const { recommendations, service } = plugin
  router.post(
    '/events',
    guarded(logger, (request, response) => {
      plugin.requireOn('enabled', 'recommendations')
      requireRate(plugin.writeLimit.allows(addressOf(request)))
      const events = readEvents(bodyOf(request))
      recommendations.take(events)
      response.status(202).json({ accepted: events.length })
    }),
  )
  router.post(
    '/forget',
    guarded(logger, async (request, response) => {
      // Deletion works even when recommendations have been switched off.
      requireRate(plugin.writeLimit.allows(addressOf(request)))
      const body = { viewer: readViewer(bodyOf(request)) }
      await pass(response, () => service.ask('forget', { body, patience_ms: FORGETTING_MS }))
    }),
  )
  router.get(
    '/recommendations/videos',
    guarded(logger, async (request, response) => {
      plugin.requireOn('enabled', 'recommendations')
      requireRate(plugin.readLimit.allows(addressOf(request)))
      response.set('Cache-Control', 'private, max-age=60')
      const asked = known(request.query).toString()
      await pass(response, () => service.ask(`recommendations/videos?${asked}`, {}))
    }),
  )
  router.get(
    '/recommendations/neighbours',
    guarded(logger, async (request, response) => {
      plugin.requireOn('enabled', 'recommendations')
      requireRate(plugin.readLimit.allows(addressOf(request)))
      const table = await recommendations.table.newest()
      if (!table) throw new HttpError(503, 'service', 'has no table of neighbours yet')
      response.set({
        ETag: table.etag,
        'Cache-Control': 'public, max-age=600',
        'Content-Type': 'application/json',
        Vary: 'Accept-Encoding',
      })
      if (request.headers['if-none-match'] === table.etag) response.status(304).end()
      else if (request.acceptsEncodings('gzip')) {
        response.set('Content-Encoding', 'gzip').send(table.zipped)
      } else response.send(table.plain)
    }),
  )
}

function known(query: Request['query']): URLSearchParams {
  const asked = new URLSearchParams()
  for (const name of FIELDS.split(' ')) {
    const value = query[name]
    if (typeof value === 'string' && value.length <= LONGEST_VALUE) asked.set(name, value)
  }
  return asked
}

/** Passes the service's answer on; 503 when there is none. */
async function pass(response: Response, ask: () => ReturnType<Plugin['service']['ask']>) {
  try {
    const answer = await ask()
    const said: unknown = await answer.json()
    // Other errors, such as a wrong secret, do not concern the page.
    if (answer.ok || answer.status === 400) {
      response.status(answer.status).json(said)
      return
    }
  } catch {
    // No answer, or the answer is not JSON.
  }
  throw new HttpError(503, 'service', 'does not answer; try again later')
}
