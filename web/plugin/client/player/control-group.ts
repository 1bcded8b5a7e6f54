/**
 * The control group: PeerTube's own picker stays in charge, and its fetches are only measured.
 *
 * PeerTube's requests are sent unchanged and without delay; responses are read from a copy.
 */
import type { Outcome, OutcomeKind } from '../../messages.ts'
import type { Courier } from '../courier/courier.ts'
import { readChunks } from '../courier/http/chunks.ts'
import { mark } from '../courier/http/fetch-wrapper.ts'
import { Sleep } from '../courier/http/sleep.ts'
import { FILE_STATUSES } from '../courier/http/attempt.ts'
import { fileName } from '../courier/video/hosts.ts'
import type { Load } from '../courier/load.ts'
import { bind } from './loader-options.ts'
import type { LoaderOptions } from '../p2p-media-loader.ts'
import { cameFromCache, type Traffic, type InFlight } from '../courier/http/traffic.ts'

/** The loader gives a host up after 3 s without a byte, counted from shortly before the request. */
const GIVEN_UP_AFTER_S = 2.8
const TICK_MS = 500

type Watch = Pick<Courier, 'planner' | 'traffic' | 'breaker' | 'link'>

/** The same options, with every fetch of the loader measured. */
export function observeStock(options: LoaderOptions, load: Load, watch: Watch): LoaderOptions {
  const { httpRequestSetup: original } = options
  if (!original) return options
  const setup: typeof original = (...wanted) =>
    original(...wanted).then(
      (request) => request && (watch.breaker.isOpen ? request : seen(request)),
    )
  const seen = (request: Request): Request =>
    mark(request, (goOn) => {
      const response = goOn()
      void watch.breaker.guard(
        () => follow(request, response, load, watch),
        () => undefined,
      )
      return response
    })
  return { ...options, httpRequestSetup: bind(setup, load) }
}

/** Must be called before other code reads the response, so that the response can be cloned. */
async function follow(
  request: Request,
  response: Promise<Response>,
  load: Load,
  { planner, traffic, link }: Watch,
): Promise<void> {
  const look = new Look(request, load, traffic)
  const outcome = look.end(await look.follow(response))
  const { fromCache, host, began_ms, heard_ms, slept } = look
  if (!fromCache && outcome.kind === 'ok') link.answered(host, began_ms, heard_ms)
  const { isPublic, mirrors } = load
  if (fromCache) planner.discard(outcome)
  else
    link.observe({
      outcome,
      isPublic,
      began_ms,
      heard_ms,
      slept,
      isOnlyHost: mirrors.length === 0,
    })
}

/** Measures one fetch that PeerTube makes. */
class Look implements InFlight {
  readonly host: string
  readonly url: string
  ttfb_s: number | null = null
  overlapped = false
  /** The bytes came from the browser's cache. */
  fromCache = false
  readonly #request: Request
  readonly #load: Load
  readonly #traffic: Traffic
  readonly #cold: boolean
  readonly #segment
  readonly began_ms = performance.now()
  heard_ms = this.began_ms
  readonly #sleep = new Sleep()
  readonly #ticker = setInterval(() => this.#sleep.tick(), TICK_MS)
  #status: number | null = null
  #bytes = 0

  constructor(request: Request, load: Load, traffic: Traffic) {
    this.url = request.url
    this.host = new URL(request.url).origin
    this.#request = request
    this.#load = load
    this.#traffic = traffic
    this.#cold = traffic.begin(this).cold
    const [first = 0, last = null] = rangeOf(request)
    this.#segment = load.nextSegment(fileName(request.url), first, last)
    load.events.counters.asked.primary += 1
    load.events.emit({
      type: 'asked',
      segment: this.#segment,
      host: this.host,
      role: 'primary',
      first,
    })
  }

  /** Reads a copy of the response to its end. */
  async follow(arriving: Promise<Response>): Promise<OutcomeKind> {
    try {
      const response = await arriving
      this.ttfb_s = this.#age_s
      this.heard_ms = performance.now()
      this.#status = response.status
      if (FILE_STATUSES.includes(response.status)) return 'missing'
      if (!response.ok) return 'http-error'
      await readChunks(response.clone().body, (bytes) => {
        this.#bytes += bytes.length
        this.heard_ms = performance.now()
      })
    } catch {
      return this.ttfb_s === null ? 'http-error' : 'stall'
    }
    const { first, last } = this.#segment
    return last === null || this.#bytes === last + 1 - first ? 'ok' : 'stall'
  }

  end(kind: OutcomeKind): Outcome {
    const total_s = this.#age_s
    clearInterval(this.#ticker)
    this.#sleep.tick()
    this.#traffic.end(this)
    const { events } = this.#load
    const outcome: Outcome = {
      plan: 0,
      host: this.host,
      now_s: Date.now() / 1000,
      kind: this.#request.signal.aborted ? this.#whyAborted : kind,
      status: this.#status,
      ttfb_s: this.ttfb_s,
      total_s,
      bytes: this.#bytes,
      cold: this.#cold,
      overlapped: this.overlapped,
    }
    events.counters.segments += 1
    events.counters.bytes += this.#bytes
    const { first } = this.#segment
    events.emit({ type: 'fetched', segment: this.#segment, role: 'primary', first, ...outcome })
    this.fromCache = cameFromCache(this.ttfb_s, this.#bytes, total_s)
    return outcome
  }

  /**
   * The outcome of an aborted fetch: a timeout or stall if the host was silent for as long as the
   * loader waits, else `aborted`.
   */
  get #whyAborted(): OutcomeKind {
    const silent_s = (performance.now() - this.heard_ms) / 1000
    if (silent_s < GIVEN_UP_AFTER_S) return 'aborted'
    return this.ttfb_s === null ? 'timeout' : 'stall'
  }

  /** The page slept meanwhile. */
  get slept(): boolean {
    return this.#sleep.slept
  }

  get #age_s(): number {
    return (performance.now() - this.began_ms) / 1000
  }
}

function rangeOf(request: Request): [first?: number, last?: number] {
  const match = /^bytes=(\d+)-(\d+)?$/.exec(request.headers.get('Range') ?? '')
  return match
    ? ([Number(match[1]), ...(match[2] ? [Number(match[2])] : [])] as [number, number?])
    : []
}
