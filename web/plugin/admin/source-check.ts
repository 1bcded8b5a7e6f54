/**
 * The button below the extra sources: fetches one real segment from each, as a viewer's browser
 * would, and says what is wrong and what mends it.
 */
import { addCheckButton } from './check-button.ts'
import { sha256 } from '../client/courier/video/integrity.ts'
import { folderOf, readSources, type ExtraSource } from '../shared/extra-sources.ts'
import { isPublic, type VideoDetails } from '../shared/video-details.ts'
import { RULES } from '../shared/settings.ts'
import { item, type Helpers } from './status.ts'
import { SOURCE, TEXT } from './strings.ts'

const PATIENCE_MS = 15_000
/** So many of the newest videos are looked at for one that is played by HLS. */
const LOOKED_AT = 20

/** A segment of a public video of this instance. */
interface Segment {
  uuid: string
  playlistUrl: string
  file: string
  first: number
  last: number
  sha256: string
}

type Finding = { fault: keyof typeof SOURCE; values?: Record<string, number> }

/** Adds the button below the field of the extra sources. */
export const addSourceCheck = (form: HTMLFormElement, helpers: Helpers): Promise<void> =>
  addCheckButton(form, helpers, {
    below: 'extra-sources',
    label: TEXT.checkSources,
    working: TEXT.checkingSources,
    check: () => check(form, helpers),
  })

async function check(form: HTMLFormElement, { translate }: Helpers): Promise<HTMLElement[]> {
  const typed = form.querySelector<HTMLTextAreaElement>('#extra-sources')?.value ?? ''
  const sources = readSources(typed)
  const say = (text: string, values = {}, well = false): Promise<HTMLElement> =>
    item({ well, sentence: { text, values } }, translate)
  if (!sources) {
    const { text, values } = RULES['extra-sources'].allowed
    return [await say(text, values)]
  }
  const segment = await publicSegment().catch(() => null)
  if (!segment) return [await say(TEXT.nothingToCheck)]
  return Promise.all(
    sources.map(async (source) => {
      const { fault, values } = await look(source, segment)
      return say(SOURCE[fault], { host: source.host, ...values }, fault === 'well')
    }),
  )
}

/** The first segment of the newest public video of this instance that has a digest list. */
async function publicSegment(): Promise<Segment | null> {
  const list = await json<{ data?: VideoDetails[] }>(
    `/api/v1/videos?isLocal=true&sort=-publishedAt&count=${LOOKED_AT}`,
  )
  for (const { uuid } of list.data ?? []) {
    const details = await json<VideoDetails>(`/api/v1/videos/${String(uuid)}`)
    const { playlistUrl, segmentsSha256Url } = details.streamingPlaylists?.[0] ?? {}
    if (!isPublic(details) || details.isLive || typeof playlistUrl !== 'string') continue
    const digests = await json<Record<string, Record<string, string>>>(String(segmentsSha256Url))
    for (const [file, ranges] of Object.entries(digests)) {
      const [range = '', sha256 = ''] = Object.entries(ranges)[0] ?? []
      const [, first, last] = /^(\d+)-(\d+)$/.exec(range) ?? []
      if (first === undefined || last === undefined) continue
      return { uuid: String(uuid), playlistUrl, file, first: +first, last: +last, sha256 }
    }
  }
  return null
}

async function json<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) })
  if (!response.ok) throw new Error(`HTTP status ${response.status}`)
  return (await response.json()) as T
}

/** Fetches the segment from a source, and says what a viewer's browser would meet there. */
async function look(source: ExtraSource, segment: Segment): Promise<Finding> {
  if (source.host === new URL(segment.playlistUrl).origin) return { fault: 'origin' }
  const url = folderOf(source, segment.playlistUrl, segment.uuid) + segment.file
  const { first, last } = segment
  const asked: RequestInit = {
    headers: { Range: `bytes=${first}-${last}` },
    credentials: 'omit',
    cache: 'no-store',
    signal: AbortSignal.timeout(PATIENCE_MS),
  }
  const began_ms = performance.now()
  const response = await fetch(url, asked).catch(() => null)
  if (!response) return { fault: await whyUnread(url) }
  const ms = Math.round(performance.now() - began_ms)
  const { status } = response
  if (new URL(response.url).origin !== source.host) return { fault: 'redirected' }
  if (status === 404 || status === 410) return { fault: 'lacking' }
  if (status === 200) return { fault: 'noRange' }
  if (status !== 206) return { fault: 'status', values: { status } }
  const bytes = await response.arrayBuffer().catch(() => null)
  if (!bytes) return { fault: 'broken' }
  return (await sha256(new Uint8Array(bytes))) === segment.sha256
    ? { fault: 'well', values: { ms } }
    : { fault: 'wrongBytes' }
}

/** Whether the source answers at all, to a request whose answer the page must not read. */
async function whyUnread(url: string): Promise<'noCors' | 'silent'> {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const asked: RequestInit = { mode: 'no-cors', method: 'HEAD', credentials: 'omit', signal }
  return fetch(url, asked).then(
    () => 'noCors',
    () => 'silent',
  )
}
