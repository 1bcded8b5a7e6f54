/**
 * Serves the service's priors of some hosts from a cache; no priors when the service does not
 * answer.
 */
import type { Request } from 'express'
import { HttpError } from './http-errors.ts'
import type { Hosts } from './hosts.ts'
import { CONTEXT, isWhole, wholeFrom } from './report-validation.ts'
import type { FleetAnswer, Service } from './service.ts'

/** The engine's own limit of hosts in a request. */
const MAX_HOSTS = 33
/** The service updates its priors once a minute at most. */
const FRESH_MS = 60_000
const MAX_KEPT = 500

const NOTHING: FleetAnswer = { priors: {}, shares: {}, served: {} }

export class Priors {
  readonly #service: Service
  readonly #hosts: Hosts
  readonly #kept = new Map<string, { said: FleetAnswer; until_ms: number }>()

  constructor(service: Service, hosts: Hosts) {
    this.#service = service
    this.#hosts = hosts
  }

  /** Answers a query for priors; hosts that this instance does not know are left out. */
  async answer(query: Request['query']): Promise<FleetAnswer> {
    const wanted = readHosts(query['hosts'])
    const asked = new URLSearchParams()
    for (const [name, [low, high]] of Object.entries(CONTEXT)) {
      const value = Number(query[name] || NaN)
      if (!isWhole(value, low, high)) throw new HttpError(400, name, wholeFrom(low, high))
      asked.set(name, String(value))
    }
    const known = await this.#hosts.known(wanted)
    const hosts = [...wanted].filter((host) => known.has(host)).sort()
    if (hosts.length === 0) return NOTHING
    asked.set('hosts', hosts.join(','))
    return this.#ask(asked)
  }

  async #ask(asked: URLSearchParams): Promise<FleetAnswer> {
    const key = asked.toString()
    const kept = this.#kept.get(key)
    if (kept && performance.now() < kept.until_ms) return kept.said
    const said = await this.#service.fleet(asked)
    if (!said) return NOTHING
    this.#kept.delete(key)
    this.#kept.set(key, { said, until_ms: performance.now() + FRESH_MS })
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest)
    return said
  }
}

function readHosts(text: unknown): Set<string> {
  const hosts = new Set(typeof text === 'string' ? text.split(',').filter(Boolean) : [])
  if (hosts.size > 0 && hosts.size <= MAX_HOSTS) return hosts
  throw new HttpError(400, 'hosts', `must be 1 to ${MAX_HOSTS} hosts with commas between them`)
}
