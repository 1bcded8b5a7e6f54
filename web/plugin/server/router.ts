/** The router's endpoints for players and the settings page. */
import type { RegisterServerOptions } from '@peertube/peertube-types'
import type { Request, Router } from 'express'
import { guarded, isRecord, HttpError } from './http-errors.ts'
import { engineFiles } from './engine-files.ts'
import { checkService, health, requireAdministrator } from './health.ts'
import type { Plugin } from './plugin.ts'
import { isWhole, readReports, wholeFrom } from './report-validation.ts'
import { epsilonsOf, termsOf } from '../shared/terms.ts'

const LONGEST_BODY = 16_384
/** Most failures in one request; a page has one engine. */
const MAX_FAILURES = 16

type Helpers = RegisterServerOptions['peertubeHelpers']

export function addRoutes(router: Router, plugin: Plugin, { logger, user }: Helpers): void {
  router.get('/engine/:file', guarded(logger, engineFiles(plugin.engine)))
  router.get(
    '/priors',
    guarded(logger, async (request, response) => {
      plugin.requireOn('enabled')
      requireRate(plugin.readLimit.allows(addressOf(request)))
      const said = await plugin.priors.answer(request.query)
      // Private: the query holds the viewer's hosts and network.
      response.set('Cache-Control', 'private, max-age=60')
      response.json({ ...said, terms: termsOf(plugin.reading.settings) })
    }),
  )
  router.post(
    '/reports',
    guarded(logger, async (request, response) => {
      plugin.requireOn('enabled', 'reports')
      requireRate(plugin.writeLimit.allows(addressOf(request)))
      const terms = termsOf(plugin.reading.settings)
      const reports = readReports(bodyOf(request), epsilonsOf(terms))
      const known = await plugin.hosts.known(reports.map(({ host }) => host))
      const strange = reports.findIndex(({ host }) => !known.has(host))
      if (strange >= 0) {
        throw new HttpError(400, `reports[${strange}].host`, 'serves no video of this instance')
      }
      // What is beyond the share of an address is not counted, and not sent again either.
      const accepted = plugin.take(reports, terms, addressOf(request))
      response.status(202).json({ accepted })
    }),
  )
  router.post(
    '/failures',
    guarded(logger, (request, response) => {
      plugin.requireOn('enabled')
      requireRate(plugin.writeLimit.allows(addressOf(request)))
      const body = bodyOf(request)
      const engine = isRecord(body) ? body['engine'] : undefined
      if (!isWhole(engine, 1, MAX_FAILURES)) {
        throw new HttpError(400, 'engine', wholeFrom(1, MAX_FAILURES))
      }
      plugin.counters.add('engineFailures', engine as number)
      response.status(202).json({ accepted: engine })
    }),
  )
  router.get(
    '/health',
    guarded(logger, async (_, response) => {
      await requireAdministrator(user, response)
      response.set('Cache-Control', 'no-store').json(await health(plugin.reading, plugin))
    }),
  )
  router.post(
    '/service-check',
    guarded(logger, async (request, response) => {
      await requireAdministrator(user, response)
      response.set('Cache-Control', 'no-store').json(await checkService(bodyOf(request)))
    }),
  )
}

export const addressOf = (request: Request) => request.ip ?? ''

export function requireRate(allowed: boolean): void {
  if (!allowed) throw new HttpError(429, 'address', 'has asked too often; wait ten minutes')
}

/** The parsed request body; its length is checked by the raw bytes, which PeerTube keeps. */
export function bodyOf(request: Request): unknown {
  const kept = request.rawBody as Buffer | undefined
  const length = kept?.length ?? Number(request.headers['content-length'])
  if (!(length <= LONGEST_BODY)) {
    throw new HttpError(413, 'body', `must be of known length and at most ${LONGEST_BODY} bytes`)
  }
  return request.body as unknown
}
