/**
 * Candidates for a list: what PeerTube itself would show to this viewer, so that blocked and muted
 * videos stay out, within the policy of the video that plays.
 */
import type { Policy } from '../shared/policy.ts'

export interface Actor {
  name?: string
  host?: string
}

export interface Video {
  uuid: string
  isLocal?: boolean
  account?: Actor
  channel?: Actor
  thumbnailPath?: string
  thumbnails?: { width: number; aspectRatio: string; fileUrl: string }[]
}

/** The policy, and the handles that it keeps to, such as `news@video.example`. */
export interface Scope {
  policy: Policy
  owner: string
  channel: string
}

/** How many of the newest or of the most viewed are asked for; the first is PeerTube's own query. */
const OWN = 30
const MANY = 100
const NEWEST = '/api/v1/videos'

export const handle = ({ name = '', host = '' }: Actor = {}): string => `${name}@${host}`

export function isWithin({ isLocal, account, channel }: Video, scope: Scope): boolean {
  if (scope.policy === 'instance') return isLocal === true
  if (scope.policy === 'owner') return handle(account) === scope.owner
  return scope.policy === 'any' || handle(channel) === scope.channel
}

/** Each video once, where it comes first. */
export const distinct = <V extends Video>(videos: readonly V[]): V[] => [
  ...new Map(videos.map((video) => [video.uuid, video])).values(),
]

/** The queries for candidates, to be ranked. */
export function toRank(asked: URL, scope: Scope): URL[] {
  if (scope.policy !== 'any') return toFill(asked, scope)
  return [changed(asked, { count: OWN }), changed(asked, { count: MANY, sort: '-views' })]
}

/** The queries for more videos, where PeerTube's own answer is not enough; alike on every page. */
export function toFill(asked: URL, { policy, owner, channel }: Scope): URL[] {
  const newest = { count: MANY, pathname: NEWEST }
  if (policy === 'owner')
    return [changed(asked, { ...newest, pathname: listOf('accounts', owner) })]
  if (policy === 'channel') {
    return [changed(asked, { ...newest, pathname: listOf('video-channels', channel) })]
  }
  const local = policy === 'instance' ? { isLocal: 'true' } : {}
  return [
    changed(asked, { ...newest, ...local }),
    changed(asked, { ...newest, ...local, sort: '-views' }),
  ]
}

const listOf = (what: string, name: string) => `/api/v1/${what}/${encodeURIComponent(name)}/videos`

function changed(asked: URL, { pathname = asked.pathname, ...fields }: Change): URL {
  const url = new URL(asked)
  url.pathname = pathname
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, String(value))
  // Tags are what the page's own query adds; what is most viewed, or of one channel, has any.
  if (pathname !== asked.pathname || fields.sort) url.searchParams.delete('tagsOneOf')
  if (pathname !== asked.pathname) url.searchParams.delete('searchTarget')
  return url
}

interface Change {
  count: number
  sort?: string
  pathname?: string
  isLocal?: string
}
