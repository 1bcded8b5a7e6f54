/**
 * Fills PeerTube's "Other videos" with what the service recommends, and autoplay follows, because
 * it takes the first.
 *
 * PeerTube's own query is asked for the recommended videos in place of those with the same tag. So
 * whatever PeerTube would not show to this viewer (blocked, muted, NSFW, other languages, watched)
 * it does not show now. In time, or not at all: without an answer the query stays as it was.
 */
import type { RegisterServerOptions } from '@peertube/peertube-types'
import type { Response } from 'express'
import { parseUrl } from '../../shared/url.ts'
import type { Plugin } from '../plugin.ts'
import { handler } from './hooks.ts'
import { readUuid } from '../../shared/short-uuid.ts'
import { HEADER, readWishes, type Wishes } from '../../shared/wishes.ts'

const HOOK = 'filter:api.search.videos.local.list'
/** As many PeerTube's page shows; it asks for more, and leaves out what was watched just now. */
const SHOWN = 5
/** PeerTube may drop some; more of who is logged in, and may have watched or muted them. */
const SPARE = { visitor: 15, user: 60 }
/** The service's own limit. */
const MOST_LANGUAGES = 50

/** What is read and changed of a query, as PeerTube has cleaned it. */
interface Query {
  [name: string]: unknown
  start?: unknown
  count?: unknown
  sort?: unknown
  nsfw?: unknown
  /** Who is logged in. */
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

/** What a query's result is to become. */
interface Order {
  /** UUIDs, best first. */
  uuids: string[]
  /** How many were asked for. */
  count: number
}

/** Travels with the query from one hook to the other. */
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
  const { enabled, recommendations } = plugin.reading.settings
  const video = isOtherVideos(query) ? watched(context?.req.headers['referer']) : null
  if (!enabled || !recommendations || !context || video === null) return query
  const count = Number(query.count)
  const wishes = readWishes(context.req.headers[HEADER.toLowerCase()])
  // Only of a viewer who takes part.
  const takesPart = wishes.viewer !== undefined
  const subscribed = takesPart ? await plugin.subscriptions.of(context.res) : []
  const asked = asking(query, video, count, { ...wishes, subscribed })
  const uuids = await plugin.recommending.list(asked)
  if (uuids.length === 0) return query
  const order: Order = { uuids, count }
  if (uuids.length < SHOWN) return { ...query, [ORDER]: order }
  return { ...query, tagsOneOf: undefined, uuids, count: uuids.length, [ORDER]: order }
}

/** As the watch page asks, and no other page. */
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

/** The video whose page asks; null for any other page, and for playlists. */
function watched(referer: unknown): string | null {
  const path = parseUrl(referer)?.pathname ?? ''
  const name = /^\/(?:w|videos\/watch)\/([\w-]+)$/.exec(path)?.[1]
  return name === undefined ? null : readUuid(name)
}

/** What PeerTube would refuse to show need not be recommended. */
function asking(
  query: Query,
  video: string,
  count: number,
  { viewer, surprise, without, subscribed }: Wishes & { subscribed: string[] },
): URLSearchParams {
  const more = count + (query.user ? SPARE.user : SPARE.visitor)
  const asked = new URLSearchParams({ strategy: 'related', video, count: String(more) })
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

/** Recommended videos first, best first; the others as PeerTube has them. */
function ordered(found: Found, { uuids, count }: Order): Found {
  const places = new Map(uuids.map((uuid, place) => [uuid, place]))
  const place = ({ uuid }: Found['data'][number]) => places.get(String(uuid)) ?? uuids.length
  const data = [...found.data].sort((one, other) => place(one) - place(other)).slice(0, count)
  return { ...found, data }
}
