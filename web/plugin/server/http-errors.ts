/** How the router answers: JSON, refusals that name the field, and never an exception to PeerTube. */
import type { RegisterServerOptions } from '@peertube/peertube-types'
import type { Request, Response } from 'express'

export type Logger = Pick<RegisterServerOptions['peertubeHelpers']['logger'], 'info' | 'warn'>

/** A request that is not answered as wished. */
export class Refusal extends Error {
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

/** Answers refusals as they say, and our own mistakes with a plain 500. */
export function guarded(logger: Logger, handler: Handler) {
  return (request: Request, response: Response): void => {
    const handled = Promise.resolve().then(() => handler(request, response))
    handled.catch((error: unknown) => {
      const { status, field, reason } = error instanceof Refusal ? error : mistake(logger, error)
      if (!response.headersSent) response.status(status).json({ field, reason })
    })
  }
}

function mistake(logger: Logger, error: unknown): Refusal {
  logger.warn('The router made a mistake.', { err: error })
  return new Refusal(500, 'plugin', 'made a mistake; the log of PeerTube says which')
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
