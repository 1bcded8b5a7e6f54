/** The router's endpoints for recommendations: events, deletion, lists, the table of neighbours. */
import type { RegisterServerOptions } from '@peertube/peertube-types'
import type { Response, Router } from 'express'
import { guarded, HttpError, isRecord } from '../http-errors.ts'
import { requireRoom, type Plugin } from '../plugin.ts'
import { addressOf, bodyOf, requireRate } from '../router.ts'
import { readEvents, readViewer } from './event-validation.ts'

type Helpers = RegisterServerOptions['peertubeHelpers']

/** Fields that are passed on; the service validates their values. */
const FIELDS = 'strategy video start count nsfw surprise languageOneOf subscribed muted'
/** Fields that tell of a viewer: in the body of a POST only, because addresses are logged. */
const OF_VIEWER = 'viewer without'
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
      requireRoom(recommendations.take(events))
      response.status(202).json({ accepted: events.length })
    }),
  )
  router.post(
    '/forget',
    guarded(logger, async (request, response) => {
      plugin.requireOn('enabled', 'recommendations')
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
      const strange = OF_VIEWER.split(' ').find((name) => name in request.query)
      if (strange !== undefined) throw new HttpError(400, strange, 'must be in the body of a POST')
      response.set('Cache-Control', 'private, max-age=60')
      const query = known(request.query, FIELDS)
      await pass(response, () => service.ask('recommendations/videos', { query }))
    }),
  )
  router.post(
    '/recommendations/videos',
    guarded(logger, async (request, response) => {
      plugin.requireOn('enabled', 'recommendations')
      requireRate(plugin.readLimit.allows(addressOf(request)))
      const said = bodyOf(request)
      if (!isRecord(said)) throw new HttpError(400, 'body', 'must be an object')
      response.set('Cache-Control', 'no-store')
      const body = Object.fromEntries(known(said, `${FIELDS} ${OF_VIEWER}`))
      await pass(response, () => service.ask('recommendations/videos', { body }))
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

function known(said: Record<string, unknown>, fields: string): URLSearchParams {
  const asked = new URLSearchParams()
  for (const name of fields.split(' ')) {
    const value = said[name]
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
