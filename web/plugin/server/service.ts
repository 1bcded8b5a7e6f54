/** The HTTP client of the Mirrorwise service, by the admin's address and secret. */
import { isRecord } from './http-errors.ts'
import type { Settings } from '../shared/settings.ts'

/** Timeout for priors: without them, a page starts from its own memory. */
const PRIORS_PATIENCE_MS = 200
/** Circuit breaker: `promptly` does not ask a path for this time after a timeout or error. */
const PAUSE_MS = 5000
const PATIENCE_MS = 10_000
const LONGEST_WAIT_S = 3600
const LONGEST_VERSION = 20
/** A hundred videos with their reasons take some 400 kB. */
const LONGEST_ANSWER = 1_000_000

/** The service's priors of some hosts; the engine validates them. */
export interface FleetAnswer {
  priors: Record<string, unknown>
  shares: Record<string, unknown>
  served: Record<string, unknown>
}

/**
 * The result of sending a batch.
 * - `stored`: durable; `said` is the service's answer
 * - `refused`: a validation error; sending it again is useless
 * - `later`: nothing was stored; to be sent again, not before `wait_s`
 */
export type StoreResult =
  { kind: 'stored'; said: unknown } | { kind: 'refused' } | { kind: 'later'; wait_s: number }

/**
 * The state of the service.
 * - `none`: no service is configured
 * - `ready`: the service answers and accepts the secret
 * - `no-secret`, `wrong-secret`: the service would refuse our requests
 * - `silent`: nothing answers at the service's address
 * - `strange`: another program answers there, or the service answers with an error
 */
export type ServiceState = 'none' | 'ready' | 'no-secret' | 'wrong-secret' | 'silent' | 'strange'

interface Asking {
  patience_ms?: number
  /** The query of a GET; nothing about a viewer, because addresses are logged on the way. */
  query?: URLSearchParams
  /** The request body, which makes the request a POST. */
  body?: object
  headers?: Record<string, string>
}

export class Service {
  readonly #settings: () => Settings
  /** When `promptly` may ask each path again. */
  readonly #from_ms = new Map<string, number>()

  constructor(settings: () => Settings) {
    this.#settings = settings
  }

  /** Priors of hosts; null when the service does not answer in time. */
  fleet(asked: URLSearchParams): Promise<FleetAnswer | null> {
    const asking = { query: asked, patience_ms: PRIORS_PATIENCE_MS }
    return this.promptly('priors', asking, isFleetAnswer)
  }

  /**
   * Returns a valid answer within `patience_ms`; otherwise null, and the path's circuit breaker
   * opens.
   */
  async promptly<T>(
    path: string,
    asking: Asking,
    isRight: (said: unknown) => said is T,
  ): Promise<T | null> {
    if (!this.isSet || performance.now() < (this.#from_ms.get(path) ?? 0)) return null
    try {
      const answer = await this.ask(path, asking)
      const text = await answer.text()
      const said: unknown = text.length <= LONGEST_ANSWER ? JSON.parse(text) : null
      if (isRight(said)) return said
    } catch {
      // No answer, or the answer is not JSON.
    }
    this.#from_ms.set(path, performance.now() + PAUSE_MS)
    return null
  }

  /** Closes the circuit breakers: the service may be at another address now. */
  tryAgain(): void {
    this.#from_ms.clear()
  }

  get isSet(): boolean {
    return this.#settings()['service-url'] !== null
  }

  /** Posts a batch; never rejects. */
  async store(path: string, body: object): Promise<StoreResult> {
    try {
      const answer = await this.ask(path, { body })
      const { status, headers } = answer
      if (status === 200) return { kind: 'stored', said: await answer.json().catch(() => null) }
      if (status === 400 || status === 413 || status === 422) return { kind: 'refused' }
      return { kind: 'later', wait_s: waitOf(headers.get('Retry-After')) }
    } catch {
      return { kind: 'later', wait_s: 0 }
    }
  }

  /**
   * Checks address and secret with an empty batch: a service that accepts the secret answers 400.
   */
  async state(): Promise<ServiceState> {
    const settings = this.#settings()
    if (settings['service-url'] === null) return 'none'
    if (settings['service-secret'] === null) return 'no-secret'
    try {
      const { status } = await this.ask('reports', { patience_ms: PATIENCE_MS / 4, body: {} })
      if (status === 401) return 'wrong-secret'
      return status === 400 ? 'ready' : 'strange'
    } catch {
      return 'silent'
    }
  }

  /** The version of the service, as its public description says; null when it does not. */
  async version(): Promise<string | null> {
    try {
      const url = `${this.#settings()['service-url'] ?? ''}/openapi.json`
      const signal = AbortSignal.timeout(PATIENCE_MS / 4)
      const said: unknown = await (await fetch(url, { redirect: 'error', signal })).json()
      const version = isRecord(said) && isRecord(said['info']) ? said['info']['version'] : null
      return typeof version === 'string' ? version.slice(0, LONGEST_VERSION) : null
    } catch {
      return null
    }
  }

  /** Says whether the service recommends; it answers 503 when it lacks what that needs. */
  async recommends(): Promise<boolean> {
    const query = new URLSearchParams({ strategy: 'fresh', count: '1' })
    return this.ask('recommendations/videos', { patience_ms: PATIENCE_MS / 4, query }).then(
      ({ status }) => status === 200,
      () => false,
    )
  }

  /** Sends a request; rejects when there is no answer within `patience_ms`. */
  ask(path: string, { patience_ms = PATIENCE_MS, query, body, headers }: Asking) {
    const settings = this.#settings()
    const asked = query ? `?${query.toString()}` : ''
    return fetch(`${settings['service-url'] ?? ''}/api/v1/${path}${asked}`, {
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
      headers: {
        'Content-Type': 'application/json',
        Authorization: `Bearer ${settings['service-secret'] ?? ''}`,
        ...headers,
      },
      // No redirects: the secret is for this address only.
      redirect: 'error',
      signal: AbortSignal.timeout(patience_ms),
    })
  }
}

/**
 * The pause that `Retry-After` asks for, at most an hour: a timer of more than 2^31 ms would end at
 * once.
 */
function waitOf(said: string | null): number {
  const wait_s = Number(said)
  return wait_s > 0 ? Math.min(wait_s, LONGEST_WAIT_S) : 0
}

const isFleetAnswer = (said: unknown): said is FleetAnswer =>
  isRecord(said) && isRecord(said['priors']) && isRecord(said['shares']) && isRecord(said['served'])
