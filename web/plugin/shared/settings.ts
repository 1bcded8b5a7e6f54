/**
 * The plugin's settings: their defaults and their validation.
 *
 * Server part, settings page and players read settings through this table, because PeerTube stores
 * whatever the settings form sends, and passes it on unchecked.
 */
import { POLICIES, type Policy } from './policy.ts'
import { MAX_SOURCES, readSources, type ExtraSource } from './extra-sources.ts'
import { MAX_SPARED, readSpared, type Spared } from './spared-hosts.ts'
import { originOf, OWN_NETWORK, parseUrl } from './url.ts'

export interface Settings {
  enabled: boolean
  embeds: boolean
  'control-percent': number
  reports: boolean
  /** ε of all reports of one viewer and day together. */
  epsilon: number
  /** Reports of one host that count on one day from one address. */
  'reports-per-address': number
  /** Origins of hosts that are never used. */
  'never-hosts': string[]
  /** Hosts beside PeerTube's mirrors that have this instance's videos. */
  'extra-sources': ExtraSource[]
  /** Other instances may use the extra sources for this instance's videos. */
  'publish-sources': boolean
  /** Other instances' videos also come from the extra sources that those publish. */
  'published-sources': boolean
  'spared-hosts': Spared
  'max-extra-percent': number
  'max-extra-requests': number
  /** The server keeps the playlists of other instances' mirrored videos. */
  'keep-playlists': boolean
  'keep-playlists-mb': number
  recommendations: boolean
  /** Which videos may be recommended beside one that has no policy of its own. */
  'recommendation-policy': Policy
  /** On: viewers take part unless they opt out. Off: viewers take part only when they opt in. */
  'watch-events': boolean
  /** Without a slash at its end. */
  'service-url': string | null
  'service-secret': string | null
}

export type Name = keyof Settings

/** A text that is translated before its `{name}`s are replaced by the values. */
export interface Sentence {
  text: string
  values: Record<string, string | number>
}

export interface Rule<T> {
  /** The default, as PeerTube stores it. */
  unset: string | boolean
  /** The parsed value; undefined when it is not allowed. */
  read: (said: unknown) => T | undefined
  allowed: Sentence
}

/** PeerTube's command line stores a switch as text. */
const SWITCHED = new Map<unknown, boolean>([
  [true, true],
  ['true', true],
  [false, false],
  ['false', false],
])
const MAX_NEVER_HOSTS = 64
/** The service's minimum: 128 bits in base64. */
const SHORTEST_SECRET = 22

export const RULES: { [N in Name]: Rule<Settings[N]> } = {
  enabled: onOrOff(true),
  embeds: onOrOff(true),
  'control-percent': range(0, 50, 5),
  reports: onOrOff(true),
  epsilon: range(0.4, 8, 2),
  'reports-per-address': range(1, 10_000, 5),
  'never-hosts': {
    unset: '',
    read: readHosts,
    allowed: sentence('Write at most {most} hosts such as mirror.example, one per line.', {
      most: MAX_NEVER_HOSTS,
    }),
  },
  'extra-sources': {
    unset: '',
    read: readSources,
    allowed: sentence(
      'Write at most {most} addresses, one per line and host, such as https://cache.example or ' +
        'https://bucket.example/videos/{uuid}/{file}; with “private” behind those of your own network.',
      { most: MAX_SOURCES, uuid: '{uuid}', file: '{file}' },
    ),
  },
  'publish-sources': onOrOff(true),
  'published-sources': onOrOff(true),
  'spared-hosts': {
    unset: '',
    read: readSpared,
    allowed: sentence(
      'Write at most {most} hosts, one per line, each with “spare a little”, “spare much” or ' +
        '“reserve”, such as video.example: reserve.',
      { most: MAX_SPARED },
    ),
  },
  'max-extra-percent': range(0, 20, 1),
  'max-extra-requests': range(0, 4, 2),
  'keep-playlists': onOrOff(true),
  'keep-playlists-mb': range(1, 10_000, 100),
  recommendations: onOrOff(false),
  'recommendation-policy': {
    unset: 'any',
    read: (said) => POLICIES.find((each) => each === said),
    allowed: sentence('Choose one of the list.'),
  },
  'watch-events': onOrOff(false),
  'service-url': {
    unset: '',
    read: readServiceUrl,
    allowed: sentence(
      'Write an address such as https://mirrorwise.video.example, or http:// and a machine of ' +
        'your own network.',
    ),
  },
  'service-secret': {
    unset: '',
    read: readSecret,
    allowed: sentence(
      'Copy the whole secret from the service’s state folder: at least {least} characters.',
      {
        least: SHORTEST_SECRET,
      },
    ),
  },
}

export const NAMES = Object.keys(RULES) as Name[]

export interface Reading {
  settings: Settings
  /** Settings whose stored value is not allowed; their default counts. */
  refused: Name[]
}

/** Parses stored settings; a missing or invalid value counts as its default. */
export function readSettings(kept: Readonly<Record<string, unknown>>): Reading {
  const refused = NAMES.filter((name) => isSet(kept[name]) && !isAllowed(name, kept[name]))
  const values = NAMES.map((name) => {
    const { read, unset } = RULES[name]
    return [name, read(isSet(kept[name]) ? kept[name] : unset) ?? read(unset)]
  })
  return { settings: Object.fromEntries(values) as Settings, refused }
}

export const isAllowed = (name: Name, said: unknown) => RULES[name].read(said) !== undefined

const isSet = (said: unknown) => said !== undefined && said !== null

function sentence(text: string, values: Sentence['values'] = {}): Sentence {
  return { text, values }
}

function onOrOff(unset: boolean): Rule<boolean> {
  return {
    unset,
    read: (said) => SWITCHED.get(said),
    allowed: sentence('Switch it on or off.'),
  }
}

function range(low: number, high: number, unset: number): Rule<number> {
  return {
    unset: String(unset),
    read: (said) => {
      // Many languages write decimals after a comma.
      const number = typeof said === 'string' ? Number(said.trim().replace(',', '.') || NaN) : said
      return typeof number === 'number' && number >= low && number <= high ? number : undefined
    },
    allowed: sentence('Write a number from {low} to {high}.', { low, high }),
  }
}

function readHosts(said: unknown): string[] | undefined {
  const lines = typeof said === 'string' ? said.split(/\s+/).filter(Boolean) : null
  const hosts = lines?.map(originOf)
  if (!hosts || hosts.length > MAX_NEVER_HOSTS) return undefined
  return hosts.every((host) => host !== undefined) ? [...new Set(hosts)] : undefined
}

function readServiceUrl(said: unknown): string | null | undefined {
  const text = typeof said === 'string' ? said.trim() : undefined
  if (text === '') return null
  const url = parseUrl(text)
  if (!url || url.username || url.password || url.search || url.hash) return undefined
  // The secret must not cross a foreign network in the open.
  const safe =
    url.protocol === 'https:' || (url.protocol === 'http:' && OWN_NETWORK.test(url.hostname))
  return safe ? url.href.replace(/\/+$/, '') : undefined
}

function readSecret(said: unknown): string | null | undefined {
  const text = typeof said === 'string' ? said.trim() : undefined
  if (text === '') return null
  return text !== undefined && text.length >= SHORTEST_SECRET && /^[!-~]+$/.test(text)
    ? text
    : undefined
}
