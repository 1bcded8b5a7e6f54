/**
 * Downloads one byte range of a segment, with hedges, rescues and failover until it is complete.
 */
import type { Host, Part, PartSoFar, Plan } from '../../messages.ts'
import type { Attempt, Role } from './http/attempt.ts'
import type { Run, SegmentBody } from './body.ts'
import type { Planner } from './planner.ts'
import type { Fetches } from './fetches.ts'
import type { Load } from './load.ts'
import { Timeout, pause } from './timeouts.ts'

const PROGRESS_MS = 500
const MAX_RESCUES = 2
const PAUSES_S = [0.5, 1, 1.5]

/**
 * The error of a segment that no host can serve. The name matters: p2p-media-loader 2.2.2 drops
 * errors of any other name, and then waits for its own timeout.
 */
export class SegmentFailed extends Error {
  override readonly name = 'abort'
}

/** State that all range downloads of a segment share. */
export interface SegmentDownload {
  planner: Planner
  load: Load
  fetches: Fetches
  body: SegmentBody
  plan: Plan
  rescues: number
  /** Aborted when the player has aborted the request, or another range has failed. */
  over: AbortSignal
}

/** A wanted range, the host that is asked first, and the reason. */
export interface RangeRequest extends Pick<Part, 'host' | 'hedge'> {
  run: Run
  role: Role
}

export class RangeDownload {
  /** The host that delivered the last byte; null before, and when the rest was given up. */
  finisher: Host | null = null
  readonly #segment: SegmentDownload
  readonly #request: RangeRequest
  readonly #tried = new Set<Host>()
  /** Hosts still to be asked, best first. */
  #queue: Host[]
  #asked: Attempt[] = []
  /** The range that is still missing. */
  #first: number
  #end: number | null
  /** Number of rounds in which all hosts have failed. */
  #rounds = 0

  constructor(segment: SegmentDownload, request: RangeRequest) {
    this.#segment = segment
    this.#request = request
    this.#queue = [request.host, ...segment.plan.ranking.filter((host) => host !== request.host)]
    this.#first = request.run.first
    this.#end = request.run.end
  }

  /** The progress of this download; null while no fetch is running. */
  get soFar(): PartSoFar | null {
    const [attempt] = this.#running
    if (!attempt || this.#end === null || this.#complete) return null
    const { request, age_s, ttfb_s, bytes } = attempt
    return { host: request.host, age_s, ttfb_s, bytes, bytes_left: this.#end - this.#first }
  }

  /** Resolves when the range is complete; rejects when no host can serve it. */
  async run(): Promise<void> {
    let role = this.#request.role
    while (!this.#complete) {
      const attempt = await this.#race(role)
      role = attempt ? await this.#pump(attempt) : 'failover'
    }
  }

  /** Gives the last `bytes` up and returns their range; null when fewer bytes are missing. */
  handOver(bytes: number): Run | null {
    const end = this.#end
    if (end === null || this.#running.length === 0 || bytes > end - this.#first) return null
    this.#end = end - bytes
    for (const attempt of this.#running) {
      attempt.cut = true
      if (this.#complete) attempt.stop(attempt.bytes > 0 ? 'switched' : 'aborted')
    }
    return { first: this.#end, end }
  }

  get #complete(): boolean {
    return this.#first === this.#end
  }

  get #running(): Attempt[] {
    return this.#asked.filter(({ kind }) => kind === null)
  }

  /** Asks hosts until the first byte comes, and aborts all other fetches. */
  async #race(role: Role): Promise<Attempt | null> {
    while (!this.#complete) {
      this.#segment.over.throwIfAborted()
      const leader = this.#running[0] ?? this.#ask(await this.#nextHost(role), role)
      role = 'failover'
      const hedge = this.#running.length === 1 ? this.#hedgeOf(leader) : null
      const winner = await firstOf(this.#running, hedge?.passed)
      hedge?.cancel()
      if (winner === 'late') this.#ask(this.#hedgeHost(), 'hedge')
      else if (winner) {
        for (const loser of this.#running) if (loser !== winner) loser.stop('aborted')
        return winner
      }
    }
    return null
  }

  #ask(host: Host, role: Role): Attempt {
    const { fetches, plan } = this.#segment
    // When no other host is left, giving up a slow one gains nothing.
    const patient = this.#rounds > 0 || plan.ranking.length === 1
    const attempt = fetches.ask(host, role, { first: this.#first, end: this.#end }, patient)
    this.#asked.push(attempt)
    this.#tried.add(host)
    return attempt
  }

  /** Returns the next host of the queue. When all hosts have failed, waits and queues all again. */
  async #nextHost(role: Role): Promise<Host> {
    const { over, plan, fetches } = this.#segment
    const isReady = (host: Host): boolean => fetches.isReady(host)
    this.#queue = this.#queue.filter(isReady)
    if (this.#queue.length === 0) {
      const pause_s = PAUSES_S[this.#rounds++]
      if (pause_s === undefined) throw new SegmentFailed('no host could serve the segment')
      await pause(pause_s, over)
      over.throwIfAborted()
      // When no host is left that may have the file, the origin is asked.
      this.#queue = plan.ranking.filter(isReady)
    }
    // Hosts that have failed another range of the segment come last, unless a rescue names them.
    return this.#dequeue(
      this.#queue.find((next) => role !== 'failover' || !fetches.failed.has(next)),
    )
  }

  /** Removes the wanted host from the queue, or else the first host, and returns it. */
  #dequeue(wanted: Host | undefined): Host {
    const host = wanted ?? this.#queue[0]
    this.#queue = this.#queue.filter((other) => other !== host)
    return host ?? this.#segment.fetches.origin
  }

  /** The timeout after which a hedge is sent; null when there is none. */
  #hedgeOf(leader: Attempt): Timeout | null {
    const { hedge } = this.#request
    return hedge && this.#queue.length > 0 ? new Timeout(hedge.after_s - leader.age_s) : null
  }

  #hedgeHost(): Host {
    const wanted = this.#request.hedge?.host
    return this.#dequeue(this.#queue.find((candidate) => candidate === wanted))
  }

  /** Passes the bytes on until the fetch ends; returns the role of the next fetch, if any. */
  async #pump(attempt: Attempt): Promise<Role> {
    const { body, load, over } = this.#segment
    body.size ??= this.#end ??= attempt.fileSize
    const progress = setInterval(() => void this.#followAdvice(attempt), PROGRESS_MS)
    try {
      for (let chunk = await attempt.read(); chunk; chunk = await attempt.read()) {
        const bytes = chunk
        load.events.timed(() => this.#take(bytes, attempt))
      }
    } finally {
      clearInterval(progress)
    }
    over.throwIfAborted()
    if (attempt.kind === 'ok') body.size ??= this.#end ??= this.#first
    return attempt.kind === 'switched' ? 'rescue' : 'failover'
  }

  #take(chunk: Uint8Array, attempt: Attempt): void {
    const wanted = this.#end === null ? chunk : chunk.subarray(0, this.#end - this.#first)
    // A chunk without bytes turns the bandwidth estimate of p2p-media-loader 2.2.2 into 0/0.
    if (wanted.length === 0) return
    this.#segment.body.push(wanted, attempt, this.#first)
    this.#first += wanted.length
    if (!this.#complete) return
    this.finisher = attempt.request.host
    if (attempt.cut) attempt.stop('switched')
  }

  /** Reports progress to the planner, and switches hosts when it advises a rescue. */
  async #followAdvice(attempt: Attempt): Promise<void> {
    const segment = this.#segment
    const bytes_left = this.#end === null ? 0 : this.#end - this.#first
    if (bytes_left === 0 || segment.rescues === MAX_RESCUES) return
    const { host, plan } = attempt.request
    const { rescue } = await segment.planner.progress({
      plan,
      host,
      now_s: Date.now() / 1000,
      ttfb_s: attempt.ttfb_s ?? 0,
      body_s: attempt.body_s,
      bytes: attempt.bytes,
      bytes_left,
      buffer_s: segment.load.view.buffer_s,
      tried: [...this.#tried],
      rescues: segment.rescues,
    })
    if (rescue === null || rescue === host || attempt.kind !== null || this.#complete) return
    if (segment.rescues === MAX_RESCUES || !segment.plan.ranking.includes(rescue)) return
    segment.rescues += 1
    this.#queue = [rescue, ...this.#queue.filter((other) => other !== rescue)]
    attempt.stop('switched')
  }
}

/**
 * Returns the first fetch with a byte, null when a fetch has failed, or 'late' when the hedge is
 * due.
 */
function firstOf(
  running: Attempt[],
  late: Promise<'late'> | undefined,
): Promise<Attempt | 'late' | null> {
  const bytes = running.map((attempt) => attempt.firstByte.then((came) => (came ? attempt : null)))
  return Promise.race(late ? [...bytes, late] : bytes)
}
