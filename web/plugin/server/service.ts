/** Asks the companion service, whose address and secret the administrator has set. */
import { isRecord } from './answering.ts'
import type { Settings } from '../shared/settings.ts'

/** A page waits for priors at most this long; without them it starts with what it remembers. */
const PRIORS_PATIENCE_MS = 200
/** After a failure nobody waits again for a while. */
const PAUSE_MS = 5000
const PATIENCE_MS = 10_000
/** A hundred videos with their reasons take some 400 kB. */
const LONGEST_ANSWER = 1_000_000

/** What the service says of some hosts, for the engine to check and to use. */
export interface FleetAnswer {
  priors: Record<string, unknown>
  shares: Record<string, unknown>
  served: Record<string, unknown>
}

/**
 * What became of a batch.
 * - `stored`: for good, and what was said of it
 * - `refused`: not as a whole, and never will be
 * - `later`: nothing was stored; to be sent again, not before `wait_s` when given
 */
export type Verdict =
  { kind: 'stored'; said: unknown } | { kind: 'refused' } | { kind: 'later'; wait_s: number }

/**
 * - `none`: no service is set, and that is fine
 * - `ready`: it answers, and takes the secret
 * - `no-secret`, `wrong-secret`: it answers, but does not know us
 * - `silent`: nothing answers there
 * - `strange`: something answers that is not the service, or is not well
 */
export type ServiceState = 'none' | 'ready' | 'no-secret' | 'wrong-secret' | 'silent' | 'strange'

interface Asking {
  patience_ms?: number
  /** Makes it a POST. */
  body?: object
  headers?: Record<string, string>
}

export class Service {
  readonly #settings: () => Settings
  /** From when on each path is asked promptly again. */
  readonly #from_ms = new Map<string, number>()

  constructor(settings: () => Settings) {
    this.#settings = settings
  }

  /** Null when the service has nothing to say in time. */
  fleet(asked: URLSearchParams): Promise<FleetAnswer | null> {
    return this.promptly('priors', asked, PRIORS_PATIENCE_MS, isFleetAnswer)
  }

  /** What is answered in time and is of the right form; else null, and for a while nobody waits. */
  async promptly<T>(
    path: string,
    asked: URLSearchParams,
    patience_ms: number,
    isRight: (said: unknown) => said is T,
  ): Promise<T | null> {
    if (!this.isSet || performance.now() < (this.#from_ms.get(path) ?? 0)) return null
    try {
      const answer = await this.ask(`${path}?${asked.toString()}`, { patience_ms })
      const text = await answer.text()
      const said: unknown = text.length <= LONGEST_ANSWER ? JSON.parse(text) : null
      if (isRight(said)) return said
    } catch {
      // Silent or strange: it comes to the same.
    }
    this.#from_ms.set(path, performance.now() + PAUSE_MS)
    return null
  }

  /** The service may be at another address now. */
  tryAgain(): void {
    this.#from_ms.clear()
  }

  get isSet(): boolean {
    return this.#settings()['service-url'] !== null
  }

  /** Never rejects. */
  async store(path: string, body: object): Promise<Verdict> {
    try {
      const answer = await this.ask(path, { body })
      const { status, headers } = answer
      if (status === 200) return { kind: 'stored', said: await answer.json().catch(() => null) }
      if (status === 400 || status === 413 || status === 422) return { kind: 'refused' }
      return { kind: 'later', wait_s: Number(headers.get('Retry-After')) || 0 }
    } catch {
      return { kind: 'later', wait_s: 0 }
    }
  }

  /** Looks whether reports would be taken: an empty batch is refused, but only by who knows us. */
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

  /** Rejects when nothing comes in time. */
  ask(path: string, { patience_ms = PATIENCE_MS, body, headers }: Asking): Promise<Response> {
    const settings = this.#settings()
    return fetch(`${settings['service-url'] ?? ''}/api/v1/${path}`, {
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
      headers: {
        'Content-Type': 'application/json',
        Authorization: `Bearer ${settings['service-secret'] ?? ''}`,
        ...headers,
      },
      // The secret is for this address and for no other.
      redirect: 'error',
      signal: AbortSignal.timeout(patience_ms),
    })
  }
}

const isFleetAnswer = (said: unknown): said is FleetAnswer =>
  isRecord(said) && isRecord(said['priors']) && isRecord(said['shares']) && isRecord(said['served'])
