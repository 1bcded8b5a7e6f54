/**
 * Fills PeerTube's "Other videos" with recommended videos; autoplay takes the first of them.
 *
 * The search for videos with the same tag becomes a search for the recommended videos. So PeerTube
 * still leaves out videos that it would not show to this viewer (blocked, muted, NSFW, other
 * languages). If the service does not answer in time, the search stays as it was.
 */
import type { RegisterServerOptions } from '@peertube/peertube-types'
import type { Response } from 'express'
import { parseUrl } from '../../shared/url.ts'
import type { Plugin } from '../plugin.ts'
import { handler } from './hooks.ts'
import { inOrder } from '../../shared/in-order.ts'
import { STRATEGIES } from '../../shared/policy.ts'
import { readUuid } from '../../shared/short-uuid.ts'
import { HEADER, parsePreferences, type Preferences } from '../../shared/preferences.ts'

const HOOK = 'filter:api.search.videos.local.list'
/** Videos that PeerTube's page shows; it asks for more, and leaves out the one that plays. */
const SHOWN = 5
/** Extra videos, because PeerTube leaves some out; more for users, who may have muted some. */
const SPARE = { visitor: 15, user: 60 }
/** The service's own limits. */
const MOST_LANGUAGES = 50
const MOST_LISTED = 100

/** The fields of a query that are read or changed. */
interface Query {
  [name: string]: unknown
  start?: unknown
  count?: unknown
  sort?: unknown
  nsfw?: unknown
  /** The user, if logged in. */
  user?: unknown
}

interface Context {
  req: { headers: Record<string, unknown> }
  res: Response
}

interface Found {
  data: { uuid?: unknown }[]
  total: number
}

/** The order for a query's result. */
interface Order {
  /** UUIDs, best first. */
  uuids: string[]
  /** Number of videos that the page asked for. */
  count: number
}

/** Field of the query that carries the order from one hook to the other. */
const ORDER = 'mirrorwiseOrder'

export function fillOtherVideos(options: RegisterServerOptions, plugin: Plugin): void {
  const { logger } = options.peertubeHelpers
  const orNothing = async <T>(given: T, ours: () => T | Promise<T>): Promise<T> => {
    try {
      return await ours()
    } catch (error) {
      logger.warn('"Other videos" stay as PeerTube has found them.', { err: error })
      return given
    }
  }
  options.registerHook({
    target: `${HOOK}.params`,
    handler: handler((query: Query, context?: Context) =>
      orNothing(query, () => withOrder(query, context, plugin)),
    ),
  })
  options.registerHook({
    target: `${HOOK}.result`,
    handler: handler((found: Found, query: Query) =>
      orNothing(found, () => (ORDER in query ? ordered(found, query[ORDER] as Order) : found)),
    ),
  })
}

async function withOrder(query: Query, context: Context | undefined, plugin: Plugin) {
  const { enabled, recommendations, 'recommendation-policy': usual } = plugin.reading.settings
  const video = isOtherVideos(query) ? watched(context?.req.headers['referer']) : null
  if (!enabled || !recommendations || !context || video === null) return query
  const preferences = parsePreferences(context.req.headers[HEADER.toLowerCase()])
  const { more = 0, policy = usual } = preferences
  const count = Math.min(Number(query.count) + more, MOST_LISTED)
  // Subscriptions are used only for viewers who take part.
  const takesPart = preferences.viewer !== undefined
  const subscribed = takesPart ? await plugin.subscriptions.of(context.res) : []
  const asked = asking(query, video, count, { ...preferences, policy, subscribed })
  const uuids = await plugin.recommendations.list(asked)
  if (uuids.length === 0) return query
  const order: Order = { uuids, count }
  // Within a policy a short list is the whole list; else PeerTube's own search fills it.
  if (uuids.length < SHOWN && policy === 'any') return { ...query, [ORDER]: order }
  return { ...query, tagsOneOf: undefined, uuids, count: uuids.length, [ORDER]: order }
}

/** Whether the query is that of the watch page. */
function isOtherVideos({ start, count, sort, searchTarget, search, ...rest }: Query): boolean {
  return (
    sort === '-publishedAt' &&
    searchTarget === 'local' &&
    !search &&
    !rest['uuids'] &&
    Number(start ?? 0) === 0 &&
    Number(count) > 0
  )
}

/** The video of the watch page by its referer; null for other pages, and for playlists. */
function watched(referer: unknown): string | null {
  const path = parseUrl(referer)?.pathname ?? ''
  const name = /^\/(?:w|videos\/watch)\/([\w-]+)$/.exec(path)?.[1]
  return name === undefined ? null : readUuid(name)
}

/** Builds the query to the service, with the filters of PeerTube's query. */
function asking(
  query: Query,
  video: string,
  count: number,
  { viewer, surprise, without, policy = 'any', subscribed }: Preferences & { subscribed: string[] },
): URLSearchParams {
  const most = Math.min(count + (query.user ? SPARE.user : SPARE.visitor), MOST_LISTED)
  const asked = new URLSearchParams({ strategy: STRATEGIES[policy], video, count: String(most) })
  if (query.nsfw !== false) asked.set('nsfw', 'true')
  const languages = query['languageOneOf']
  if (Array.isArray(languages) && languages.length <= MOST_LANGUAGES) {
    const plain = languages.filter((language) => language !== '_unknown')
    if (plain.length > 0) asked.set('languageOneOf', plain.join(','))
  }
  if (viewer !== undefined) asked.set('viewer', viewer)
  if (surprise !== undefined) asked.set('surprise', String(surprise))
  if (without) asked.set('without', without.join(','))
  if (subscribed.length > 0) asked.set('subscribed', subscribed.join(','))
  return asked
}

/**
 * The search result with the recommended videos first, best first; the others keep PeerTube's
 * order.
 */
function ordered(found: Found, { uuids, count }: Order): Found {
  const data = inOrder(found.data, uuids).slice(0, count)
  return { ...found, data }
}
