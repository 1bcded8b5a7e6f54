/** Which videos stand on the page "For you", by whom they were ranked, and why each. */
import { inOrder } from '../../shared/in-order.ts'
import { formatPreferences } from '../../shared/preferences.ts'
import { fetchJson } from '../fetch-json.ts'
import { distinct, toFill, type Scope, type Video } from '../candidates.ts'
import { nameVideos, plainly, recommended } from '../list/reasons.ts'
import type { Reason } from '../list/explanation-dialog.ts'
import { stored, type Mode } from '../local-storage.ts'
import type { PrivateList } from '../private/private-list.ts'
import type { Score } from '../private/table.ts'
import { preferencesOf } from '../watch-events/reporting.ts'

/** A video as PeerTube lists it. */
export interface Shown extends Video {
  name?: string
  shortUUID?: string
}

/** `newest`: nobody has ranked, because the service does not answer. */
export type Ranker = 'viewer' | 'everybody' | 'device' | 'newest'

export interface Selection {
  by: Ranker
  videos: Shown[]
  why: (uuid: string) => Reason[] | Score | null
  /** In private mode: all videos among which the shown ones hide. */
  candidates?: Shown[]
}

const MOST = 100
/** Express takes no more than this of one name in an address. */
const MOST_NAMED = 20
const EVERYWHERE: Scope = { policy: 'any', owner: '', channel: '' }

/** Fetches with the viewer's own login, so that PeerTube leaves out what they have muted. */
type Headers = () => Record<string, string>

/** The selection for this viewer; null when not even PeerTube answers. */
export async function select(
  mode: Mode,
  router: string,
  headers: Headers,
  privately: PrivateList,
): Promise<Selection | null> {
  const found = mode === 'private' ? onDevice(headers, privately) : byService(mode, router, headers)
  return (await found) ?? newest(headers)
}

async function byService(mode: Mode, router: string, headers: Headers): Promise<Selection | null> {
  const preferences = new URLSearchParams(formatPreferences(preferencesOf(mode)))
  const listed = await recommended({ strategy: 'for-me', count: String(MOST) }, preferences, router)
  if (!listed || listed.length === 0) return null
  const order = listed.map(({ uuid }) => uuid)
  // PeerTube leaves out what it would not show to this viewer.
  const visible = await Promise.all(chunks(order).map((some) => ask(addressOf(some), headers)))
  const reasons = new Map(listed.map(({ uuid, recommendation }) => [uuid, recommendation.reasons]))
  if (visible.every((each) => each === null)) return null
  return {
    by: mode === 'shared' ? 'viewer' : 'everybody',
    videos: inOrder(
      visible.flatMap((each) => each ?? []),
      order,
    ),
    why: (uuid) => reasons.get(uuid)?.map(plainly).map(nameVideos) ?? null,
  }
}

async function onDevice(headers: Headers, privately: PrivateList): Promise<Selection | null> {
  const candidates = await askAll(headers)
  const { watched } = stored()
  const ranked = candidates && (await privately.rank(candidates, watched, []))
  if (!ranked) return null
  const videos = ranked.filter(({ uuid }) => !watched.some(({ video }) => video === uuid))
  return { by: 'device', videos, why: (uuid) => privately.why(uuid), candidates }
}

async function newest(headers: Headers): Promise<Selection | null> {
  const videos = await ask(addressOf(), headers)
  return videos && { by: 'newest', videos, why: () => null }
}

async function askAll(headers: Headers): Promise<Shown[] | null> {
  const urls = toFill(addressOf(), EVERYWHERE)
  const found = await Promise.all(urls.map((url) => ask(url, headers)))
  const videos = found.flatMap((each) => each ?? [])
  return videos.length > 0 ? distinct(videos) : null
}

/** The newest videos, or those with the given UUIDs that this viewer may see. */
function addressOf(uuids: string[] = []): URL {
  const url = new URL(`/api/v1/${uuids.length > 0 ? 'search/' : ''}videos`, location.href)
  const said = { start: '0', count: String(MOST), sort: '-publishedAt', skipCount: 'true' }
  for (const [name, value] of Object.entries(said)) url.searchParams.set(name, value)
  for (const uuid of uuids) url.searchParams.append('uuids', uuid)
  // Else PeerTube may pass the search on to an index of another server.
  if (uuids.length > 0) url.searchParams.set('searchTarget', 'local')
  return url
}

function chunks(uuids: string[]): string[][] {
  const numbers = Array.from({ length: Math.ceil(uuids.length / MOST_NAMED) }, (_, n) => n)
  return numbers.map((n) => uuids.slice(n * MOST_NAMED, (n + 1) * MOST_NAMED))
}

async function ask(url: URL, headers: Headers): Promise<Shown[] | null> {
  const said = Object(await fetchJson(url.href, { headers: headers() })) as { data?: unknown }
  return Array.isArray(said.data) ? (said.data as Shown[]) : null
}
