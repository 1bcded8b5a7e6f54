/** Reads a video's list of mirrors, and finds a segment's address on each of its hosts. */
import type { Host } from '../../../messages.ts'
import { parseUrl } from '../../../shared/url.ts'

/** PeerTube keeps a handful of mirrors per video; a longer list is a mistake or an attack. */
export const MAX_MIRRORS = 32

/** Another instance's copy of the video's files. */
export interface Mirror {
  host: Host
  /** The folder that holds the video's files; ends in `/`. */
  base: string
}

/** The valid mirrors of `redundancyBaseUrls`; warns once for each reason to drop mirrors. */
export function readMirrors(list: unknown): Mirror[] {
  const mirrors = new Map<Host, Mirror>()
  const dropped = new Set<string>()
  for (const entry of Array.isArray(list) ? (list as unknown[]) : []) {
    const mirror = readMirror(entry)
    if (typeof mirror === 'string') dropped.add(mirror)
    else if (mirrors.has(mirror.host)) dropped.add('a second one of the same host')
    else if (mirrors.size === MAX_MIRRORS) dropped.add(`more than ${MAX_MIRRORS}`)
    else mirrors.set(mirror.host, mirror)
  }
  for (const reason of dropped) console.warn(`mirrorwise: ignored mirrors: ${reason}`)
  return [...mirrors.values()]
}

/** The mirror, or the reason why it is not valid. */
function readMirror(entry: unknown): Mirror | string {
  const url = parseUrl(entry)
  if (!url) return 'not an absolute URL'
  if (url.protocol !== 'https:' && !isOwnMachine(url)) return 'not https'
  if (url.username || url.password) return 'credentials in the URL'
  return { host: url.origin, base: url.origin + url.pathname.replace(/\/*$/, '/') }
}

/** Loopback, where instances are developed and nobody can listen. */
function isOwnMachine({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}

/** The file's name without the query, which may hold a token for the origin alone. */
export function fileName(segmentUrl: string): string {
  return new URL(segmentUrl).pathname.split('/').at(-1) ?? ''
}

/** The segment's address on the origin, which comes first, and on every mirror. */
export function sourcesOf(segmentUrl: string, mirrors: readonly Mirror[]): Map<Host, string> {
  const origin = new URL(segmentUrl).origin
  const file = fileName(segmentUrl)
  const urls = new Map(mirrors.map(({ host, base }) => [host, base + file]))
  urls.delete(origin)
  return new Map([[origin, segmentUrl], ...urls])
}
