/** Extra sources: hosts beside PeerTube's mirrors that an administrator names, one per line. */
import { OWN_NETWORK, parseUrl } from './url.ts'

export const MAX_SOURCES = 16

export interface ExtraSource {
  host: string
  /**
   * Path that ends in `/`: with `{uuid}` in it that of a video's files, else that below which the
   * origin's own paths are.
   */
  folder: string
  /** Is the instance's own, and so may also hold videos that are not listed. */
  isOurs: boolean
}

/** Host, then either a path or a template, then words. */
const SOURCE =
  /^(https?:\/\/[^\s/{}@?#]+)(?:(\/[^\s{}?#]*)?|(\/[^\s{}?#]*\{uuid\}[^\s{}?#]*\/)\{file\})((?:[\s,]+(?:ours|private))*)$/

/** Link-local, shared and unspecified addresses, and names of this machine, beside `OWN_NETWORK`. */
const NOT_PUBLIC =
  /^(0|169\.254|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.|^\[(::ffff:|::\]|fe[89ab])|(^|\.)localhost\.?$/

/** Reads the lines; undefined when one is not allowed. */
export function readSources(said: unknown): ExtraSource[] | undefined {
  const sources = linesOf(said)?.map(readSource)
  const hosts = new Set(sources?.map((source) => source?.host))
  const isAllowed = sources && sources.length <= MAX_SOURCES && hosts.size === sources.length
  return isAllowed && sources.every((source) => source !== undefined) ? sources : undefined
}

function readSource(line: string): ExtraSource | undefined {
  const [, address, path = '', template, words = ''] = SOURCE.exec(line) ?? []
  const url = parseUrl(address)
  if (!url) return undefined
  // Nobody's browser shall be sent into a network of its own by a slip of the pen.
  const isPrivate = OWN_NETWORK.test(url.hostname) || NOT_PUBLIC.test(url.hostname)
  if (isPrivate ? !words.includes('private') : url.protocol !== 'https:') return undefined
  const folder = template ?? path.replace(/\/*$/, '/')
  return { host: url.origin, folder, isOurs: words.includes('ours') }
}

/** The line of a source as other instances may know it: its address, without words. */
export const lineOf = ({ host, folder }: ExtraSource): string =>
  host + folder + (folder.includes('{uuid}') ? '{file}' : '')

/** Whether a source is for everybody: not in a private network or on this machine. */
export const isForEverybody = (source: ExtraSource): boolean =>
  readSource(lineOf(source)) !== undefined

/** Reads lines that another instance publishes, which no words may stand in. */
export function readPublished(said: unknown): ExtraSource[] | undefined {
  const isLine = (line: unknown) => typeof line === 'string' && !/\s/.test(line)
  return Array.isArray(said) && said.every(isLine) ? readSources(said.join('\n')) : undefined
}

/** The lines of a setting that are not empty; undefined when it is no text. */
export function linesOf(said: unknown): string[] | undefined {
  return typeof said === 'string'
    ? said
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean)
    : undefined
}

/** The address of the folder in which a source has a video's files. */
export function folderOf({ host, folder }: ExtraSource, playlistUrl: string, uuid: string): string {
  const path = new URL('.', playlistUrl).pathname.slice(1)
  return host + (folder.includes('{uuid}') ? folder.replace('{uuid}', uuid) : folder + path)
}
