/** Known hosts: extra sources, and origins and mirrors in PeerTube's database. */
import type { RegisterServerOptions } from '@peertube/peertube-types'
import { parseUrl } from '../shared/url.ts'

type Helpers = RegisterServerOptions['peertubeHelpers']

const FRESH_MS = 600_000
/**
 * Least time between queries for unknown hosts, so that invented hosts do not load the database.
 */
const PAUSE_MS = 30_000
/** The service's own limit of known hosts. */
const MAX_HOSTS = 1000

/**
 * Reads the mirrors, and the origins of the mirrored videos: other instances, or this instance's
 * object storage.
 */
const HOSTS_SQL = `
  SELECT origin, bool_or(mirrors) AS mirrors FROM (
    SELECT substring("fileUrl" FROM '^https?://[^/?#]+') AS origin, true AS mirrors
    FROM "videoRedundancy"
    UNION ALL
    SELECT substring("playlistUrl" FROM '^https?://[^/?#]+'), false
    FROM "videoStreamingPlaylist"
    WHERE id IN (SELECT "videoStreamingPlaylistId" FROM "videoRedundancy")
  ) AS known
  WHERE origin IS NOT NULL GROUP BY origin ORDER BY count(*) DESC LIMIT ${MAX_HOSTS}`

interface Row {
  origin: string
  mirrors: boolean
}

/** Players use https, and http on loopback only. */
const SERVED = /^https:\/\/|^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:|$)/

interface Reading {
  known: ReadonlySet<string>
  /** Number of mirrors. */
  mirrors: number
}

export class Hosts {
  readonly #database: Helpers['database']
  readonly #own: string
  readonly #extra: () => string[]
  #last: Reading | null = null
  #read_ms = -Infinity
  #reading: Promise<Reading> | null = null

  /** `extra` returns the hosts of the extra sources. */
  constructor(
    { database, config }: Pick<Helpers, 'database' | 'config'>,
    extra: () => string[] = () => [],
  ) {
    this.#extra = extra
    this.#database = database
    this.#own = new URL(config.getWebserverUrl()).origin
  }

  /** Number of other hosts that hold copies. */
  async mirrors(): Promise<number> {
    return (await this.#fresh(FRESH_MS)).mirrors + this.#extra().length
  }

  /** The known hosts; read again when one of the `wanted` hosts is missing. */
  async known(wanted: Iterable<string>): Promise<ReadonlySet<string>> {
    const extra = this.#extra()
    const { known } = await this.#fresh(FRESH_MS)
    const isKnown = (host: string): boolean => known.has(host) || extra.includes(host)
    const found = [...wanted].every(isKnown) ? known : (await this.#fresh(PAUSE_MS)).known
    return new Set([...found, ...extra])
  }

  /**
   * Returns a reading no older than `within_ms`, or the last one while the database does not
   * answer.
   */
  async #fresh(within_ms: number): Promise<Reading> {
    if (this.#last && performance.now() - this.#read_ms < within_ms) return this.#last
    this.#reading ??= this.#read().finally(() => (this.#reading = null))
    return this.#reading.catch((error: unknown) => {
      if (this.#last) return this.#last
      throw error
    })
  }

  async #read(): Promise<Reading> {
    this.#read_ms = performance.now()
    const query = this.#database.query as (sql: string, options: object) => Promise<Row[]>
    const rows = await query(HOSTS_SQL, { type: 'SELECT' })
    const served = rows
      .map((row) => ({ ...row, origin: parseUrl(row.origin)?.origin ?? '' }))
      .filter(({ origin }) => SERVED.test(origin))
    const mirrors = served.filter((row) => row.mirrors && row.origin !== this.#own)
    const known = new Set([this.#own, ...served.map(({ origin }) => origin)])
    this.#last = { known, mirrors: mirrors.length }
    return this.#last
  }
}
