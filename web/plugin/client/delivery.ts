/** One segment on its way: a plan is made and carried out, and one stream handed over. */
import type { Host, PlanRequest } from '../messages.ts'
import type { Attempt } from './attempt.ts'
import { SegmentBody } from './body.ts'
import type { Courier, Job } from './courier.ts'
import type { Role, SegmentRef } from './events.ts'
import { Fetches } from './fetches.ts'
import { fileName } from './hosts.ts'
import type { SegmentRecord } from './load.ts'
import { mend } from './proof.ts'
import { Alarm, within } from './waiting.ts'

const PROGRESS_MS = 500
const MAX_RESCUES = 2
/**
 * A segment that cannot be had takes as long to fail as in PeerTube today, and uses the time to
 * ask again. Failing at once would be worse: the loader, hls.js and PeerTube each count errors,
 * and a short outage would use up all their retries and end the player.
 */
const FAILURE_S = 3
const PAUSES_S = [0.5, 1, 1.5]

/** p2p-media-loader 2.2.2 drops errors of any other name, and then waits out its timeout. */
class SegmentFailed extends Error {
  override readonly name = 'abort'
}

export class Delivery {
  readonly response: Response
  readonly #courier: Courier
  readonly #job: Job
  readonly #segment: SegmentRef
  readonly #record: SegmentRecord
  readonly #body: SegmentBody
  readonly #fetches: Fetches
  /** The player has lost interest. */
  readonly #over = new AbortController()
  readonly #gone: Promise<null>
  readonly #began_ms = performance.now()
  readonly #had: number
  /** Hosts still to be asked, best first. */
  #queue: Host[] = []
  #rescues = 0
  /** How often all hosts have been asked in vain. */
  #rounds = 0
  #finished = false

  constructor(courier: Courier, job: Job) {
    this.#courier = courier
    this.#job = job
    const { load, url, byteRange, requestByteRange, signal } = job
    const first = requestByteRange?.start ?? 0
    this.#segment = load.nextSegment(fileName(url), first, requestByteRange?.end ?? null)
    this.#fetches = new Fetches(courier, job, this.#segment)
    this.#record = load.record(url, byteRange)
    this.#body = this.#bodyFrom(first - (byteRange?.start ?? 0))
    this.#had = this.#body.received
    this.#record.body = this.#body
    this.#record.delivery = this
    this.#gone = new Promise((resolve) => {
      this.#over.signal.addEventListener('abort', () => {
        this.#fetches.abort()
        this.#finish('aborted')
        resolve(null)
      })
    })
    const stop = (): void => this.#over.abort(signal.reason)
    signal.addEventListener('abort', stop)
    this.response = new Response(this.#body.stream(stop), { status: requestByteRange ? 206 : 200 })
    void this.#run()
  }

  #bodyFrom(from: number): SegmentBody {
    const held = this.#record.body
    if (from > 0 && held?.resume(from)) return held
    const { byteRange } = this.#job
    const size = byteRange?.end === undefined ? null : byteRange.end + 1 - byteRange.start
    return new SegmentBody(size, from)
  }

  async #run(): Promise<void> {
    try {
      await this.#decide()
      let role: Role = 'primary'
      while (!this.#body.complete) role = await this.#pump(await this.#race(role))
      this.#body.close()
    } catch (error) {
      this.#body.fail(await this.#failure(error))
    }
  }

  /** What the loader is told, when it is time to tell it. */
  async #failure(caught: unknown): Promise<unknown> {
    const { signal } = this.#over
    if (signal.aborted) return signal.reason
    if (!(caught instanceof SegmentFailed)) {
      console.error('mirrorwise:', caught)
      this.#courier.breakdowns += 1
    }
    this.#fetches.abort()
    const failure = caught instanceof SegmentFailed ? caught : new SegmentFailed(String(caught))
    this.#finish(failure.message)
    await this.#pause(FAILURE_S - this.#age_s)
    return failure
  }

  /**
   * Whether `data`, as the loader has joined it, is the segment; wrong bytes are replaced in it.
   *
   * Both versions of the loader hand over the very buffer that they give to hls.js and to peers
   * afterwards, so what is put right here is right everywhere, nothing has to be copied, and a
   * mirror's wrong bytes cost no retry, which in 2.2.2 would take seconds.
   */
  async prove(data: ArrayBuffer): Promise<boolean> {
    const joined = new Uint8Array(data)
    const right = await mend(joined, {
      hashes: this.#job.load.hashes,
      file: this.#segment.file,
      byteRange: this.#job.byteRange,
      body: this.#body,
      fetches: this.#fetches,
      signal: this.#over.signal,
    })
    this.#finish(right ? null : 'no host has the right bytes')
    if (right) this.#job.load.forget(this.#job.url, this.#job.byteRange)
    else await this.#pause(FAILURE_S - this.#age_s)
    return right
  }

  async #decide(): Promise<void> {
    const { events } = this.#job.load
    const request = this.#request()
    const plan = await this.#courier.planner.plan(request)
    this.#fetches.plan = plan
    this.#queue = [...plan.ranking]
    events.emit({ type: 'planned', segment: this.#segment, request, plan })
  }

  /** Mirrors are asked only for what can be checked, and liars only when nobody else is left. */
  #request(): PlanRequest {
    const { load, url, byteRange } = this.#job
    const { urls, origin } = this.#fetches
    const checkable = load.hashes.mayKnow(this.#segment.file, byteRange)
    const all = checkable ? [...urls.keys()] : [origin]
    const honest = all.filter((host) => !this.#courier.liars.has(host))
    const { segment_s, left } = load.view.place(url, byteRange)
    const { size, received } = this.#body
    return {
      now_s: Date.now() / 1000,
      hosts: honest.length > 0 ? honest : all,
      bytes: size === null ? null : size - received,
      segment_s,
      buffer_s: load.view.buffer_s,
      segments_left: left,
      starting: load.view.starting,
      attempt: this.#record.tries,
    }
  }

  /** Asks for what is missing until some host sends a byte; the others are let go. */
  async #race(role: Role): Promise<Attempt> {
    const { running } = this.#fetches
    for (;;) {
      this.#over.signal.throwIfAborted()
      const [first] = running
      const leader = first ?? this.#ask(await this.#nextHost(), role)
      role = 'failover'
      const hedge = running.size === 1 ? this.#hedgeOf(leader) : null
      const winner = await firstOf([...running], hedge?.gone)
      hedge?.cancel()
      if (winner === 'late') this.#ask(this.#hedgeHost(), 'hedge')
      else if (winner) {
        this.#fetches.abort(winner)
        return winner
      }
    }
  }

  #ask(host: Host, role: Role): Attempt {
    const { size, received } = this.#body
    // Where nobody else is left, nothing is won by giving up a host that is slow to answer.
    const patient = this.#rounds > 0 || this.#fetches.plan?.ranking.length === 1
    return this.#fetches.ask(host, role, { from: received, size, patient })
  }

  /** When all have failed they are asked again, after a pause, as long as that makes sense. */
  async #nextHost(): Promise<Host> {
    if (this.#queue.length === 0) {
      const pause_s = PAUSES_S[this.#rounds++]
      if (pause_s === undefined) throw new SegmentFailed('no host could serve the segment')
      await this.#pause(pause_s)
      this.#over.signal.throwIfAborted()
      this.#queue = [...(this.#fetches.plan?.ranking ?? [])]
    }
    return this.#queue.shift() ?? this.#fetches.origin
  }

  /** Goes off when the leader is late enough to ask somebody else as well. */
  #hedgeOf(leader: Attempt): Alarm | null {
    const hedge = this.#fetches.plan?.hedge
    return hedge && this.#queue.length > 0 ? new Alarm(hedge.after_s - leader.age_s) : null
  }

  #hedgeHost(): Host {
    const wanted = this.#fetches.plan?.hedge?.host
    const host = this.#queue.find((candidate) => candidate === wanted) ?? this.#queue[0]
    this.#queue = this.#queue.filter((candidate) => candidate !== host)
    return host ?? this.#fetches.origin
  }

  /** Hands over what comes; returns why somebody else has to go on, if anybody has to. */
  async #pump(attempt: Attempt): Promise<Role> {
    const { events } = this.#job.load
    this.#body.size ??= attempt.fileSize
    const reports = setInterval(() => void this.#report(attempt), PROGRESS_MS)
    try {
      for (let chunk = await attempt.read(); chunk; chunk = await attempt.read()) {
        const bytes = chunk
        events.timed(() => this.#body.push(bytes, attempt))
      }
    } finally {
      clearInterval(reports)
    }
    this.#over.signal.throwIfAborted()
    if (attempt.kind === 'ok') this.#body.size ??= this.#body.received
    return attempt.kind === 'switched' ? 'rescue' : 'failover'
  }

  /** Tells the planner how the body is coming along, and follows its advice to leave the host. */
  async #report(attempt: Attempt): Promise<void> {
    const { size, received } = this.#body
    if (size === null || received === size || this.#rescues === MAX_RESCUES) return
    const { host, plan } = attempt.errand
    const { rescue } = await this.#courier.planner.progress({
      plan,
      host,
      now_s: Date.now() / 1000,
      ttfb_s: attempt.ttfb_s ?? 0,
      body_s: attempt.body_s,
      bytes: attempt.bytes,
      bytes_left: size - received,
      buffer_s: this.#job.load.view.buffer_s,
      tried: [...this.#fetches.tried],
      rescues: this.#rescues,
    })
    if (rescue === null || rescue === host || attempt.kind !== null) return
    if (this.#rescues === MAX_RESCUES || !this.#fetches.plan?.ranking.includes(rescue)) return
    this.#rescues += 1
    this.#queue = [rescue, ...this.#queue.filter((other) => other !== rescue)]
    attempt.stop('switched')
  }

  async #pause(s: number): Promise<void> {
    await within(s, this.#gone)
  }

  get #age_s(): number {
    return (performance.now() - this.#began_ms) / 1000
  }

  /** Says once how it ended; `error` is null when the player has its segment. */
  #finish(error: string | null): void {
    if (this.#finished) return
    this.#finished = true
    this.#fetches.settle(error === null ? 'ok' : 'aborted')
    const { counters } = this.#job.load.events
    const bytes = this.#body.received - this.#had
    counters.segments += 1
    counters.delivered_bytes += bytes
    if (error !== null && error !== 'aborted') {
      counters.failed += 1
      this.#record.tries += 1
    }
    this.#job.load.events.emit({
      type: 'finished',
      segment: this.#segment,
      bytes,
      total_s: this.#age_s,
      error,
    })
  }
}

/** The first fetch that has a byte; null when one has failed, 'late' when the alarm goes off. */
function firstOf(
  running: Attempt[],
  late: Promise<'late'> | undefined,
): Promise<Attempt | 'late' | null> {
  const bytes = running.map((attempt) => attempt.firstByte.then((came) => (came ? attempt : null)))
  return Promise.race(late ? [...bytes, late] : bytes)
}
