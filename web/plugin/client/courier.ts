/** Carries out plans: asks, hedges, fails over, rescues, checks, and hands over one stream. */
import type { Host, OutcomeKind, Plan, PlanRequest } from '../messages.ts'
import { Attempt, Traffic } from './attempt.ts'
import { SegmentBody } from './body.ts'
import type { Role, SegmentRef } from './events.ts'
import type { Planner } from './fallback.ts'
import { fileName, sourcesOf, type Source } from './hosts.ts'
import { sha256, type ByteRange } from './integrity.ts'
import type { Load, SegmentRecord } from './load.ts'

const PROGRESS_MS = 500
const MAX_RESCUES = 2
/**
 * A segment that cannot be had takes as long to fail as in PeerTube today, and uses the time to
 * ask again. Failing at once would be worse: the loader, hls.js and PeerTube each count errors,
 * and a short outage would use up all their retries and end the player.
 */
const FAILURE_S = 3
const PAUSES_S = [0.5, 1, 1.5]

/** What the loader wants, and how. */
export interface Job {
  load: Load
  url: string
  /** The whole segment; absent when it is a file of its own. */
  byteRange: ByteRange | undefined
  /** What is still missing of it; absent for a whole file. */
  requestByteRange: ByteRange | undefined
  signal: AbortSignal
  /** How PeerTube would ask the origin; holds the viewer's credentials, if any are needed. */
  originInit: RequestInit
}

/** p2p-media-loader 2.2.2 drops errors of any other name, and then waits out its timeout. */
class SegmentFailed extends Error {
  override readonly name = 'abort'
}

/** One for the whole page: hosts are shared by all players on it. */
export class Courier {
  readonly traffic = new Traffic()
  /** Hosts that have served wrong bytes; asked again only when no other is left. */
  readonly liars = new Set<Host>()
  /** Segments that failed by a mistake of ours. */
  breakdowns = 0
  readonly planner: Planner

  constructor(planner: Planner) {
    this.planner = planner
  }

  /** Answers at once; all that takes time, and all that fails, does so in the body. */
  async deliver(job: Job): Promise<Response> {
    job.signal.throwIfAborted()
    return Promise.resolve(job.load.events.timed(() => new Delivery(this, job).response))
  }
}

class Delivery {
  readonly response: Response
  readonly #courier: Courier
  readonly #job: Job
  readonly #record: SegmentRecord
  readonly #body: SegmentBody
  readonly #segment: SegmentRef
  readonly #sources: Map<Host, Source>
  readonly #origin: Host
  readonly #over = new AbortController()
  readonly #stopped: Promise<void>
  readonly #running = new Set<Attempt>()
  readonly #tried = new Set<Host>()
  /** Ended well, but not yet known to have brought the right bytes. */
  readonly #unproven = new Set<Attempt>()
  readonly #began_ms = performance.now()
  /** First byte of the whole segment in its file. */
  readonly #base: number
  #plan: Plan | null = null
  /** Hosts still to be asked, best first. */
  #queue: Host[] = []
  #rescues = 0
  /** How often all hosts have been asked in vain. */
  #rounds = 0

  constructor(courier: Courier, job: Job) {
    this.#courier = courier
    this.#job = job
    const { load, url, byteRange, requestByteRange, signal } = job
    const sources = sourcesOf(url, load.mirrors)
    this.#sources = new Map(sources.map((source) => [source.host, source]))
    this.#origin = new URL(url).origin
    this.#base = byteRange?.start ?? 0
    const first = requestByteRange?.start ?? 0
    this.#segment = load.nextSegment(fileName(url), first, requestByteRange?.end ?? null)
    this.#record = load.record(url, byteRange)
    this.#record.verdict = null
    this.#record.body = this.#body = this.#bodyFrom(first - this.#base)
    const stop = (): void => this.#over.abort(signal.reason)
    signal.addEventListener('abort', stop)
    this.#stopped = new Promise((resolve) => {
      this.#over.signal.addEventListener('abort', () => {
        for (const attempt of this.#running) attempt.stop('aborted')
        resolve()
      })
    })
    this.response = new Response(this.#body.stream(stop), { status: requestByteRange ? 206 : 200 })
    void this.#run().finally(() => signal.removeEventListener('abort', stop))
  }

  #bodyFrom(from: number): SegmentBody {
    const held = this.#record.body
    if (from > 0 && held?.resume(from)) return held
    const { byteRange } = this.#job
    const size = byteRange?.end === undefined ? null : byteRange.end + 1 - byteRange.start
    return new SegmentBody(size, from)
  }

  async #run(): Promise<void> {
    const { events } = this.#job.load
    const had = this.#body.received
    let failure: SegmentFailed | 'aborted' | null = null
    try {
      await this.#decide()
      await this.#fill()
      await this.#prove()
      events.timed(() => this.#body.close())
      this.#record.body = null
      this.#record.tries = 0
    } catch (error) {
      failure = this.#over.signal.aborted ? 'aborted' : this.#failureOf(error)
    }
    for (const attempt of this.#running) attempt.stop('aborted')
    for (const attempt of this.#unproven) this.#settle(attempt, failure ? 'aborted' : 'ok')
    const bytes = this.#body.received - had
    events.counters.segments += 1
    events.counters.extra_bytes -= bytes
    if (failure instanceof SegmentFailed) events.counters.failed += 1
    events.emit({
      type: 'finished',
      segment: this.#segment,
      bytes,
      total_s: this.#age_s,
      verified: this.#record.verdict === 'proven',
      error: failure instanceof SegmentFailed ? failure.message : failure,
    })
    if (failure instanceof SegmentFailed) await this.#pause(FAILURE_S - this.#age_s)
    if (failure) this.#body.fail(this.#over.signal.aborted ? this.#over.signal.reason : failure)
  }

  get #age_s(): number {
    return (performance.now() - this.#began_ms) / 1000
  }

  #failureOf(caught: unknown): SegmentFailed {
    if (caught instanceof SegmentFailed) return caught
    console.error('mirrorwise:', caught)
    this.#courier.breakdowns += 1
    return new SegmentFailed(String(caught))
  }

  /** Mirrors are asked only for what can be checked, and liars only when nobody else is left. */
  async #decide(): Promise<void> {
    const { load, url, byteRange } = this.#job
    const checkable = load.hashes.mayKnow(this.#segment.file, byteRange)
    const all = checkable ? [...this.#sources.keys()] : [this.#origin]
    const honest = all.filter((host) => !this.#courier.liars.has(host))
    const { segment_s, left } = load.view.place(url, byteRange)
    const request: PlanRequest = {
      now_s: Date.now() / 1000,
      hosts: honest.length > 0 ? honest : all,
      bytes: this.#body.size === null ? null : this.#body.size - this.#body.received,
      segment_s,
      buffer_s: load.view.buffer_s,
      segments_left: left,
      starting: load.view.starting,
      attempt: this.#record.tries++,
    }
    this.#plan = await this.#courier.planner.plan(request)
    this.#queue = [...this.#plan.ranking]
    load.events.emit({ type: 'planned', segment: this.#segment, request, plan: this.#plan })
  }

  async #fill(): Promise<void> {
    let role: Role = 'primary'
    while (!this.#body.complete) role = await this.#pump(await this.#race(role))
  }

  /** Asks for what is missing until some host sends a byte; the others are let go. */
  async #race(role: Role): Promise<Attempt> {
    for (;;) {
      this.#over.signal.throwIfAborted()
      const [first] = this.#running
      const leader = first ?? this.#ask(await this.#nextHost(), role)
      role = 'failover'
      const hedge = this.#running.size === 1 ? this.#hedgeOf(leader) : null
      const winner = await firstOf([...this.#running], hedge?.late)
      hedge?.cancel()
      if (winner === 'late') this.#ask(this.#hedgeHost(), 'hedge')
      else if (winner) {
        for (const other of this.#running) if (other !== winner) other.stop('aborted')
        return winner
      }
    }
  }

  /** When all have failed they are asked again, after a pause, as long as that makes sense. */
  async #nextHost(): Promise<Host> {
    if (this.#queue.length === 0) {
      const pause_s = PAUSES_S[this.#rounds++]
      if (pause_s === undefined) throw new SegmentFailed('no host could serve the segment')
      await this.#pause(pause_s)
      this.#over.signal.throwIfAborted()
      this.#queue = [...(this.#plan?.ranking ?? [])]
    }
    return this.#queue.shift() ?? this.#origin
  }

  async #pause(s: number): Promise<void> {
    const alarm = new Alarm(s)
    await Promise.race([alarm.late, this.#stopped])
    alarm.cancel()
  }

  /** Calls when the leader is late enough to ask somebody else as well. */
  #hedgeOf(leader: Attempt): Alarm | null {
    const hedge = this.#plan?.hedge
    return hedge && this.#queue.length > 0 ? new Alarm(hedge.after_s - leader.age_s) : null
  }

  #hedgeHost(): Host {
    const wanted = this.#plan?.hedge?.host
    const host = this.#queue.find((candidate) => candidate === wanted) ?? this.#queue[0]
    this.#queue = this.#queue.filter((candidate) => candidate !== host)
    return host ?? this.#origin
  }

  #ask(host: Host, role: Role): Attempt {
    const { load, byteRange, originInit } = this.#job
    const { size, received } = this.#body
    const from = role === 'repair' ? 0 : received
    const first = this.#base + from
    const attempt = new Attempt(
      {
        source: this.#sources.get(host) ?? { host, url: this.#job.url },
        role,
        plan: this.#plan?.plan ?? 0,
        first,
        last: size === null ? null : this.#base + size - 1,
        ranged: byteRange !== undefined || from > 0,
        wholeWillDo: byteRange === undefined,
        // The viewer's credentials are for the origin alone.
        init: host === this.#origin ? originInit : { credentials: 'omit' },
        stall_s: this.#plan?.stall_s ?? 0,
        patient: this.#rounds > 0 || this.#plan?.ranking.length === 1,
      },
      this.#courier.traffic,
      (ended) => this.#ended(ended),
    )
    this.#running.add(attempt)
    this.#tried.add(host)
    const { counters } = load.events
    if (role === 'hedge') counters.hedges += 1
    else if (role === 'failover') counters.failovers += 1
    else if (role === 'rescue') counters.rescues += 1
    load.events.emit({ type: 'asked', segment: this.#segment, host, role, first })
    return attempt
  }

  /** Hands over what comes; returns why somebody else has to go on, if anybody has to. */
  async #pump(attempt: Attempt): Promise<Role> {
    this.#body.size ??= attempt.fileSize
    const reports = setInterval(() => void this.#report(attempt), PROGRESS_MS)
    try {
      for (let chunk = await attempt.read(); chunk; chunk = await attempt.read()) {
        const bytes = chunk
        this.#job.load.events.timed(() => this.#body.push(bytes, attempt))
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
    const { host } = attempt.errand.source
    const { rescue } = await this.#courier.planner.progress({
      plan: attempt.errand.plan,
      host,
      now_s: Date.now() / 1000,
      ttfb_s: attempt.ttfb_s ?? 0,
      body_s: attempt.body_s,
      bytes: attempt.bytes,
      bytes_left: size - received,
      buffer_s: this.#job.load.view.buffer_s,
      tried: [...this.#tried],
      rescues: this.#rescues,
    })
    if (rescue === null || rescue === host || attempt.kind !== null) return
    if (this.#rescues === MAX_RESCUES || !this.#plan?.ranking.includes(rescue)) return
    this.#rescues += 1
    this.#queue = [rescue, ...this.#queue.filter((other) => other !== rescue)]
    attempt.stop('switched')
  }

  #ended(attempt: Attempt): void {
    this.#running.delete(attempt)
    if (attempt.kind === 'ok') this.#unproven.add(attempt)
    else if (attempt.kind !== null) this.#settle(attempt, attempt.kind)
  }

  #settle(attempt: Attempt, kind: OutcomeKind): void {
    const { events } = this.#job.load
    const outcome = attempt.outcome(kind)
    if (!attempt.fromCache) this.#courier.planner.observe(outcome)
    events.counters.bytes += outcome.bytes
    events.counters.extra_bytes += outcome.bytes
    const { role, first } = attempt.errand
    events.emit({ type: 'fetched', segment: this.#segment, role, first, ...outcome })
  }

  /** Lets nothing pass that does not have the digest of the playlist's list. */
  async #prove(): Promise<void> {
    // The loader's own check will find what cannot be checked here.
    if (!this.#body.whole) return
    const wanted = await this.#digest()
    if (wanted === null) await this.#trustOrigin()
    else if ((await sha256(this.#body.bytes())) === wanted) this.#record.verdict = 'proven'
    else await this.#repair(wanted)
    this.#over.signal.throwIfAborted()
  }

  #digest(): Promise<string | null> {
    return this.#job.load.hashes.digest(this.#segment.file, this.#job.byteRange)
  }

  /** Without a digest only the host that would have told it can be believed. */
  async #trustOrigin(): Promise<void> {
    const strangers = this.#body.attempts.some(({ errand }) => errand.source.host !== this.#origin)
    if (strangers) {
      const copy = await this.#copyFrom(this.#origin)
      if (!copy) throw new SegmentFailed('the segment cannot be checked')
      this.#body.mend(copy.bytes)
    }
    this.#record.verdict = 'origin'
  }

  /** Fetches the segment whole from one host after the other until one brings the right bytes. */
  async #repair(wanted: string): Promise<void> {
    const first = this.#body.attempts
    const suspects = new Set(first.map(({ errand }) => errand.source.host))
    const digests = new Set([await sha256(this.#body.bytes())])
    // Who brought all of it is guilty; of several, the right bytes will tell who.
    const guilty = new Set(suspects.size === 1 ? first : [])
    for (const host of new Set([this.#origin, ...(this.#plan?.ranking ?? [])])) {
      if (suspects.size === 1 && suspects.has(host)) continue
      const copy = await this.#copyFrom(host)
      this.#over.signal.throwIfAborted()
      if (!copy) continue
      const digest = await sha256(copy.bytes)
      if (digest === wanted) {
        for (const attempt of this.#body.mend(copy.bytes)) guilty.add(attempt)
        this.#blame(guilty)
        return
      }
      digests.add(digest)
      guilty.add(copy.attempt)
    }
    // When all say the same, it may be the list that is out of date.
    if (digests.size === 1) {
      await this.#job.load.hashes.reload()
      if (digests.has((await this.#digest()) ?? '')) return
    }
    this.#blame(guilty)
    throw new SegmentFailed('every host served bytes with the wrong sha256')
  }
  /** The whole segment from one host alone, so that its bytes say something of that host. */
  async #copyFrom(
    host: Host,
  ): Promise<{ attempt: Attempt; bytes: Uint8Array<ArrayBuffer> } | null> {
    const attempt = this.#ask(host, 'repair')
    const bytes = new Uint8Array(this.#body.received)
    let offset = 0
    if (await attempt.firstByte) {
      for (let chunk = await attempt.read(); chunk; chunk = await attempt.read()) {
        bytes.set(chunk, offset)
        offset += chunk.length
      }
    }
    return attempt.kind === 'ok' && offset === bytes.length ? { attempt, bytes } : null
  }

  #blame(guilty: Iterable<Attempt>): void {
    for (const attempt of guilty) {
      this.#courier.liars.add(attempt.errand.source.host)
      this.#job.load.events.counters.corrupt += 1
      if (this.#unproven.delete(attempt)) this.#settle(attempt, 'corrupt')
      // It had ended early, and was observed as that; the wrong bytes are news.
      else this.#courier.planner.observe(attempt.outcome('corrupt'))
    }
  }
}

/** Goes off once, unless it is cancelled. */
class Alarm {
  readonly late: Promise<'late'>
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(in_s: number) {
    this.late = new Promise((resolve) => {
      this.#timer = setTimeout(() => resolve('late'), in_s * 1000)
    })
  }

  cancel(): void {
    clearTimeout(this.#timer)
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
