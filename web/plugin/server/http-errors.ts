/** HTTP errors of the router: JSON that names the field; exceptions never reach PeerTube. */
import type { RegisterServerOptions } from '@peertube/peertube-types'
import type { Request, Response } from 'express'

export type Logger = Pick<RegisterServerOptions['peertubeHelpers']['logger'], 'info' | 'warn'>

/** An error response: its status, the field that is wrong, and the reason. */
export class HttpError extends Error {
  readonly status: number
  readonly field: string
  readonly reason: string

  constructor(status: number, field: string, reason: string) {
    super(`${field} ${reason}`)
    this.status = status
    this.field = field
    this.reason = reason
  }
}

type Handler = (request: Request, response: Response) => unknown

/** Wraps a handler: an `HttpError` becomes its response, any other exception a 500. */
export function guarded(logger: Logger, handler: Handler) {
  return (request: Request, response: Response): void => {
    const handled = Promise.resolve().then(() => handler(request, response))
    handled.catch((error: unknown) => {
      const { status, field, reason } = error instanceof HttpError ? error : mistake(logger, error)
      if (!response.headersSent) response.status(status).json({ field, reason })
    })
  }
}

function mistake(logger: Logger, error: unknown): HttpError {
  logger.warn('The router made a mistake.', { err: error })
  return new HttpError(500, 'plugin', 'made a mistake; the log of PeerTube says which')
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
