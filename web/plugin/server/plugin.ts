/** The state of the plugin's server part: settings, limits, counters, outbox and service client. */
import type { RegisterServerOptions } from '@peertube/peertube-types'
import { AddressShares } from './address-shares.ts'
import { HttpError, type Logger } from './http-errors.ts'
import { Hosts } from './hosts.ts'
import { Keeper } from './kept/keeper.ts'
import { Outbox, type BatchTiming } from './outbox.ts'
import { Priors } from './priors.ts'
import { RateLimit } from './rate-limit.ts'
import { RecommendationClient } from './recommendations/recommendation-client.ts'
import { Subscriptions } from './recommendations/subscriptions.ts'
import type { Report } from './report-validation.ts'
import { PublishedSources } from './published-sources.ts'
import { Service } from './service.ts'
import { FORM } from './settings-form.ts'
import { readSettings, RULES, type Name, type Reading, type Settings } from '../shared/settings.ts'
import { DailyCounters } from './daily-counters.ts'
import type { Terms } from '../shared/terms.ts'

/** Rate limits per address: enough for a school behind one address; a viewer asks once per page. */
const WINDOW_S = 600
const MAX_READS = 600
const MAX_WRITES = 60

/** Reports per batch; at some 150 bytes each, below the 256 kB that the service takes at once. */
const MOST_REPORTS = 500

type Switch = { [N in Name]: Settings[N] extends boolean ? N : never }[Name]

export class Plugin {
  /** Folder of the engine's files. */
  readonly engine: string
  readonly readLimit = new RateLimit(MAX_READS, WINDOW_S)
  readonly writeLimit = new RateLimit(MAX_WRITES, WINDOW_S)
  readonly counters = new DailyCounters()
  readonly service = new Service(() => this.reading.settings)
  readonly hosts: Hosts
  readonly keeper: Keeper
  readonly published: PublishedSources
  readonly priors: Priors
  /** Reports with the terms and the share that they were made and admitted by. */
  readonly outbox: Outbox<Report, { terms: Terms; share: number }>
  readonly recommendations: RecommendationClient
  readonly subscriptions: Subscriptions
  readonly #shares = new AddressShares()
  #reading = readSettings({})
  #lost = 0
  #quiet_ms = 0
  readonly #logger: Logger

  constructor(
    helpers: RegisterServerOptions['peertubeHelpers'],
    engine: string,
    timing: BatchTiming,
  ) {
    this.engine = engine
    this.#logger = helpers.logger
    this.published = new PublishedSources(helpers)
    this.hosts = new Hosts(helpers, () => [
      ...this.reading.settings['extra-sources'].map(({ host }) => host),
      ...this.published.hosts(),
    ])
    this.keeper = new Keeper(helpers)
    this.priors = new Priors(this.service, this.hosts)
    this.subscriptions = new Subscriptions(helpers)
    this.outbox = new Outbox({
      store: ({ batch, terms, items }) =>
        this.service.store('reports', { batch, ...terms, reports: items }),
      most: MOST_REPORTS,
      onDropped: (count) => this.#lose(count),
      timing,
    })
    this.recommendations = new RecommendationClient(this.service, timing, (count) =>
      this.#lose(count),
    )
  }

  get reading(): Reading {
    return this.#reading
  }

  /** Applies the admin's settings; logs settings with an invalid value. */
  use(kept: Readonly<Record<string, unknown>>): void {
    this.#reading = readSettings(kept)
    for (const name of this.#reading.refused) {
      const { unset, allowed } = RULES[name]
      this.#logger.warn(
        `Setting "${FORM[name].label}" is not allowed, "${String(unset)}" counts instead.`,
        allowed,
      )
    }
    this.service.tryAgain()
    this.outbox.tryAgain()
    this.recommendations.tryAgain()
  }

  requireOn(...switches: Switch[]): void {
    const off = switches.find((name) => !this.#reading.settings[name])
    if (off) throw new HttpError(403, off, 'is switched off by the administrator')
  }

  /**
   * Passes reports on, as far as they are within the address's share, and returns their number.
   * Refuses them when too many wait, so that the sender keeps them.
   */
  take(reports: Report[], terms: Terms, address: string): number {
    const { settings } = this.#reading
    const from = this.#shares.tag(address, settings['service-secret'] ?? '')
    const most = settings['reports-per-address']
    const counted = reports.filter(({ host }) => this.#shares.allows(from, host, most))
    if (counted.length === 0) return 0
    const tagged = counted.map((report) => ({ ...report, from }))
    requireRoom(this.outbox.add(tagged, { terms, share: most }))
    this.counters.add('reports', counted.length)
    return counted.length
  }

  async close(): Promise<void> {
    await Promise.all([this.outbox.close(), this.recommendations.close()])
  }

  /** Counts lost items; the log gets one line a minute. */
  #lose(count: number): void {
    this.counters.add('dropped', count)
    this.#lost += count
    if (performance.now() < this.#quiet_ms) return
    this.#logger.warn(
      `Lost ${this.#lost} reports or watch events: the service was away for too long or refused them.`,
    )
    this.#lost = 0
    this.#quiet_ms = performance.now() + 60_000
  }
}

export function requireRoom(isAdded: boolean): void {
  if (!isAdded) throw new HttpError(503, 'service', 'is behind; send it again later')
}
