/**
 * The public routes of what this instance says to others: the service's documents, to the byte.
 * Nothing is served until the administrator publishes in the service, which else answers 404.
 */
import type { RegisterServerOptions } from '@peertube/peertube-types'
import type { Request, Response, Router } from 'express'
import { guarded, HttpError } from './http-errors.ts'
import type { Plugin } from './plugin.ts'
import { addressOf, requireRate } from './router.ts'

/** As the service's own limit for a list; a document is shorter. */
const LONGEST = 400_000
const NUMBER = /^[1-9][0-9]{0,15}$/

type Helpers = RegisterServerOptions['peertubeHelpers']

export function addFederationRoutes(router: Router, plugin: Plugin, { logger }: Helpers): void {
  const pass = (nameOf: (request: Request) => string) =>
    guarded(logger, async (request, response) => {
      plugin.requireOn('enabled')
      requireRate(plugin.readLimit.allows(addressOf(request)))
      await answer(request, response, `federation/documents${nameOf(request)}`)
    })

  async function answer(request: Request, response: Response, path: string): Promise<void> {
    const known = request.headers['if-none-match']
    const said = await plugin.service
      .ask(path, known === undefined ? {} : { headers: { 'If-None-Match': known } })
      .catch(() => null)
    if (said?.status === 404) throw new HttpError(404, 'document', 'is not published here')
    if (said?.status !== 200 && said?.status !== 304) throw silent()
    const body = Buffer.from(await said.arrayBuffer().catch(() => new ArrayBuffer(LONGEST + 1)))
    if (body.length > LONGEST) throw silent()
    response.set({
      'Cache-Control': 'public, max-age=300',
      'Content-Type': 'application/json',
      'X-Content-Type-Options': 'nosniff',
      ...etagOf(said),
    })
    response.status(said.status).end(said.status === 200 ? body : undefined)
  }

  router.get(
    '/federation/documents',
    pass(() => ''),
  )
  router.get(
    '/federation/documents/:number',
    pass(({ params: { number = '' } }) => {
      if (!NUMBER.test(number)) throw new HttpError(404, 'document', 'is not published here')
      return `/${number}`
    }),
  )
}

const silent = () => new HttpError(503, 'service', 'does not answer; try again later')

function etagOf(said: { headers: Headers }): Record<string, string> {
  const etag = said.headers.get('ETag')
  return etag === null ? {} : { ETag: etag }
}
