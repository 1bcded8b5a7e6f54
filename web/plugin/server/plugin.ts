/** The server part: its settings and everything that lives as long as it is registered. */
import type { RegisterServerOptions } from '@peertube/peertube-types'
import { Refusal, type Logger } from './answering.ts'
import { Hosts } from './hosts.ts'
import { Outbox, type Rhythm } from './outbox.ts'
import { Priors } from './priors.ts'
import { RateLimit } from './rate-limit.ts'
import { Recommending } from './recommendations/recommending.ts'
import { Subscriptions } from './recommendations/subscriptions.ts'
import type { Report } from './report-validation.ts'
import { Service } from './service.ts'
import { FORM } from './settings-form.ts'
import { readSettings, RULES, type Reading } from '../shared/settings.ts'
import { Tally } from './tally.ts'
import type { Terms } from '../shared/terms.ts'

/** A home, or a school behind one address; a viewer reports once a day and asks once a page. */
const WINDOW_S = 600
const MOST_READINGS = 600
const MOST_WRITINGS = 60

/** Some 150 bytes each: below the 256 kB that the service takes at once. */
const MOST_REPORTS = 500

export class Plugin {
  /** Folder of the engine's files. */
  readonly engine: string
  readonly readings = new RateLimit(MOST_READINGS, WINDOW_S)
  readonly writings = new RateLimit(MOST_WRITINGS, WINDOW_S)
  readonly tally = new Tally()
  readonly service = new Service(() => this.reading.settings)
  readonly hosts: Hosts
  readonly priors: Priors
  readonly outbox: Outbox<Report, Terms>
  readonly recommending: Recommending
  readonly subscriptions: Subscriptions
  #reading = readSettings({})
  readonly #logger: Logger

  constructor(helpers: RegisterServerOptions['peertubeHelpers'], engine: string, rhythm: Rhythm) {
    this.engine = engine
    this.#logger = helpers.logger
    this.hosts = new Hosts(helpers)
    this.priors = new Priors(this.service, this.hosts)
    this.subscriptions = new Subscriptions(helpers)
    this.outbox = new Outbox({
      store: ({ batch, terms, items }) =>
        this.service.store('reports', { batch, terms, reports: items }),
      most: MOST_REPORTS,
      onDropped: (count) => this.#lose(count),
      rhythm,
    })
    this.recommending = new Recommending(this.service, rhythm, (count) => this.#lose(count))
  }

  get reading(): Reading {
    return this.#reading
  }

  /** Takes over what an administrator has set; says what of it does not count. */
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
    this.recommending.tryAgain()
  }

  requireOn(...switches: ('enabled' | 'reports' | 'recommendations')[]): void {
    const off = switches.find((name) => !this.#reading.settings[name])
    if (off) throw new Refusal(403, off, 'is switched off by the administrator')
  }

  take(reports: Report[], terms: Terms): void {
    this.tally.add('reports', reports.length)
    this.outbox.add(reports, terms)
  }

  async close(): Promise<void> {
    await Promise.all([this.outbox.close(), this.recommending.close()])
  }

  #lose(count: number): void {
    this.tally.add('dropped', count)
    this.#logger.warn(
      `Lost ${count} reports or watch events: the service was away for too long or refused them.`,
    )
  }
}
