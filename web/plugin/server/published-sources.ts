/** The extra sources that other instances publish for their own videos, which are watched here. */
import { setTimeout } from 'node:timers/promises'
import type { RegisterServerOptions } from '@peertube/peertube-types'
import { readPublished, type ExtraSource } from '../shared/extra-sources.ts'
import { parseUrl } from '../shared/url.ts'
import { isRecord } from './http-errors.ts'
import { download, isFetched } from './kept/download.ts'

/** An instance is asked at most this often; what it said last holds until it says something else. */
const FRESH_MS = 3_600_000
const LONGEST = 16_384
const MAX_INSTANCES = 1000
const MAX_AT_ONCE = 4

/** The instance of a public video that is not of this one. */
const SQL = `
  SELECT url FROM video WHERE uuid = $uuid AND remote AND privacy = 1 LIMIT 1`

interface Instance {
  /** Null until the instance has answered. */
  sources: ExtraSource[] | null
  asked_ms: number
  asking: Promise<void> | null
}

type Helpers = Pick<RegisterServerOptions['peertubeHelpers'], 'database' | 'logger' | 'config'>

export class PublishedSources {
  readonly #helpers: Helpers
  readonly #instances = new Map<string, Instance>()
  #running = 0

  constructor(helpers: Helpers) {
    this.#helpers = helpers
  }

  /** The hosts of all lists that are known. */
  hosts(): string[] {
    return [...this.#instances.values()].flatMap(({ sources }) =>
      (sources ?? []).map(({ host }) => host),
    )
  }

  /**
   * The sources that a video's instance publishes; none for videos of this instance and for those
   * that are not public. Waits for the first answer of an instance for `patience_ms` at most.
   */
  async of(uuid: string, patience_ms = 0): Promise<ExtraSource[]> {
    const origin = await this.#originOf(uuid)
    if (origin === null) return []
    const instance = this.#instances.get(origin) ?? this.#remember(origin)
    const isDue = performance.now() - instance.asked_ms > FRESH_MS
    if (isDue && this.#running < MAX_AT_ONCE) {
      instance.asking = this.#ask(origin, instance).finally(() => (instance.asking = null))
    }
    if (!instance.sources && instance.asking) {
      await Promise.race([instance.asking, setTimeout(patience_ms, undefined, { ref: false })])
    }
    return instance.sources ?? []
  }

  async #ask(origin: string, instance: Instance): Promise<void> {
    instance.asked_ms = performance.now()
    this.#running += 1
    try {
      const { status, bytes } = await download(
        `${origin}/plugins/mirrorwise/router/sources`,
        LONGEST,
      )
      // An instance without this plugin, or one that publishes nothing.
      const said: unknown = status === 200 ? JSON.parse(bytes.toString()) : { sources: [] }
      const sources = isRecord(said) ? readPublished(said['sources']) : undefined
      if (!sources) throw new Error('the list is not as it should be')
      instance.sources = sources
    } catch (error) {
      this.#helpers.logger.info(`The extra sources of ${origin} are not known: ${String(error)}`)
    } finally {
      this.#running -= 1
    }
  }

  #remember(origin: string): Instance {
    const instance: Instance = { sources: null, asked_ms: -Infinity, asking: null }
    this.#instances.set(origin, instance)
    const [oldest] = this.#instances.keys()
    if (this.#instances.size > MAX_INSTANCES && oldest) this.#instances.delete(oldest)
    return instance
  }

  async #originOf(uuid: string): Promise<string | null> {
    const query = this.#helpers.database.query as (sql: string, options: object) => Promise<unknown>
    const rows = (await query(SQL, { type: 'SELECT', bind: { uuid } })) as { url?: unknown }[]
    const url = parseUrl(rows[0]?.url)
    const own = new URL(this.#helpers.config.getWebserverUrl()).origin
    return url && url.origin !== own && isFetched(url) ? url.origin : null
  }
}
