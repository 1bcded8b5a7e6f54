/**
 * Delivers one segment: asks for a plan, carries it out, and streams one response to the loader.
 */
import type { Host, Plan, PlanRequest } from '../../messages.ts'
import { SegmentBody } from './body.ts'
import type { SegmentRef } from './events.ts'
import type { LatestTry, SegmentRecord } from './segment.ts'
import type { SegmentRequest } from './segment-request.ts'
import type { Shared } from './shared.ts'
import { Fetches } from './fetches.ts'
import { readChunks } from './http/chunks.ts'
import { fileName } from './video/hosts.ts'
import { validate } from './validation.ts'
import { SegmentFailed } from './range-download.ts'
import { downloadAll } from './split-download.ts'
import { pause } from './timeouts.ts'

/**
 * A segment that no host can serve fails as late as in PeerTube; until then, hosts are retried.
 * Failing at once would be worse: the loader, hls.js and PeerTube each count errors, and a short
 * outage would use up all their retries and end the player.
 */
const FAILURE_S = 3

export class Delivery implements LatestTry {
  readonly response: Response
  readonly #shared: Shared
  readonly #request: SegmentRequest
  readonly #segment: SegmentRef
  readonly #record: SegmentRecord
  readonly #body: SegmentBody
  readonly #fetches: Fetches
  /** Aborted when the player has aborted the request, or no host can serve the segment. */
  readonly #over = new AbortController()
  /** Aborted to end our own downloads. */
  readonly #ours = new AbortController()
  readonly #began_ms = performance.now()
  readonly #had: number
  #finished = false

  constructor(shared: Shared, request: SegmentRequest) {
    this.#shared = shared
    this.#request = request
    const { load, url, byteRange, requestByteRange, signal } = request
    const first = requestByteRange?.start ?? 0
    this.#segment = load.nextSegment(fileName(url), first, requestByteRange?.end ?? null)
    this.#record = load.record(url, byteRange)
    this.#body = this.#bodyFrom(first - (byteRange?.start ?? 0))
    this.#fetches = new Fetches(shared, request, this.#segment, this.#body)
    this.#had = this.#body.received
    this.#record.body = this.#body
    this.#record.delivery = this
    this.#over.signal.addEventListener('abort', () => {
      this.#endOurs()
      this.#finish('aborted')
    })
    const stop = (): void => this.#over.abort(signal.reason)
    signal.addEventListener('abort', stop)
    this.response = new Response(this.#body.stream(stop), { status: requestByteRange ? 206 : 200 })
    void this.#run()
  }

  #bodyFrom(from: number): SegmentBody {
    const held = this.#record.body
    if (from > 0 && held?.resume(from)) return held
    const { byteRange } = this.#request
    const size = byteRange?.end === undefined ? null : byteRange.end + 1 - byteRange.start
    return new SegmentBody(size, from)
  }

  /** The loader got the bytes in another order than that of the segment. */
  get outOfOrder(): boolean {
    return this.#body.outOfOrder
  }

  async #run(): Promise<void> {
    try {
      await downloadAll({
        planner: this.#shared.planner,
        load: this.#request.load,
        fetches: this.#fetches,
        body: this.#body,
        plan: await this.#decide(),
        rescues: 0,
        over: this.#ours.signal,
      })
      this.#body.close()
    } catch (error) {
      await this.#afterAll(error)
    }
  }

  async #afterAll(error: unknown): Promise<void> {
    const { signal } = this.#over
    try {
      if (signal.aborted || error instanceof SegmentFailed) throw error
      this.#shared.breaker.failed(error)
      await this.#bringAsPeerTube()
      this.#body.close()
    } catch (caught) {
      this.#body.fail(signal.aborted ? signal.reason : await this.#failure(caught))
    }
  }

  /** Downloads what is missing as PeerTube would, after an exception in our own code. */
  async #bringAsPeerTube(): Promise<void> {
    this.#endOurs()
    const { byteRange, requestByteRange, stock } = this.#request
    const { ok, status, body } = await stock()
    if (!ok || !body) throw new SegmentFailed(`status ${status}`)
    let first = status === 206 ? (requestByteRange?.start ?? 0) - (byteRange?.start ?? 0) : 0
    await readChunks(body, (bytes) => {
      this.#body.fill(bytes, first)
      first += bytes.length
    })
  }

  #endOurs(): void {
    this.#ours.abort()
    this.#fetches.abort()
  }

  /** Returns the error for the loader, no sooner than `FAILURE_S` after the request. */
  async #failure(caught: unknown): Promise<SegmentFailed> {
    const failure = caught instanceof SegmentFailed ? caught : new SegmentFailed(String(caught))
    this.#finish(failure.message)
    this.#over.abort(failure)
    await pause(FAILURE_S - this.#age_s, this.#request.signal)
    return failure
  }

  /**
   * Validates the segment that the loader has joined, and repairs wrong bytes in place.
   *
   * Every version of the loader passes the very buffer that hls.js and peers get afterwards. So
   * nothing has to be copied, and wrong bytes of a mirror cost no retry, which takes seconds in
   * 2.2.2. When the player has aborted our download, a peer may have delivered the rest.
   */
  async validate(joined: Uint8Array<ArrayBuffer>): Promise<boolean> {
    this.#request.load.events.timed(() => this.#body.reorder(joined))
    const right = await validate(joined, {
      hashes: this.#request.load.hashes,
      file: this.#segment.file,
      byteRange: this.#request.byteRange,
      body: this.#body,
      fetches: this.#fetches,
      signal: this.#request.signal.aborted ? new AbortController().signal : this.#request.signal,
    })
    this.#fetches.settle(right ? 'ok' : 'aborted')
    this.#finish(right ? null : 'no host has the right bytes')
    if (right) this.#request.load.forget(this.#request.url, this.#request.byteRange)
    else await pause(FAILURE_S - this.#age_s, this.#request.signal)
    return right
  }

  async #decide(): Promise<Plan> {
    const { events } = this.#request.load
    const request = this.#planRequest()
    const plan = await this.#shared.planner.plan(request)
    this.#fetches.plan = plan
    events.emit({ type: 'planned', segment: this.#segment, request, plan })
    return plan
  }

  /**
   * Builds the request for a plan. Mirrors are asked only for segments that can be validated, and
   * no host for a file that it lacks. Hosts that have asked for a pause, and hosts that have served
   * wrong bytes, are asked only when no other host is left; the origin, when no host has the file. A
   * host whose failure may have been the link's stays out only while two others are
   * left, for a plan of one host has nobody to hedge with.
   */
  #planRequest(): PlanRequest {
    const { load, url, byteRange } = this.#request
    const { urls, origin } = this.#fetches
    const checkable = load.hashes.mayKnow(this.#segment.file, byteRange)
    const all = checkable ? [...urls.keys()] : [origin]
    const { corruptHosts, missing, paused, link } = this.#shared
    const lacks = (host: Host): boolean => missing.lacks(urls.get(host) ?? url)
    const holding = all.filter((host) => !lacks(host))
    const honest = holding.filter((host) => !corruptHosts.has(host))
    const ready = honest.filter((host) => !paused.has(host))
    const sound = ready.filter((host) => !link.isSuspect(host))
    const wanted = sound.length > 1 ? sound : ready
    const hosts = [wanted, honest, holding].find((some) => some.length > 0) ?? [origin]
    const { segment_s, left } = load.view.place(url, byteRange)
    const { size, received } = this.#body
    return {
      now_s: Date.now() / 1000,
      hosts,
      lacking: all.filter(lacks),
      bytes: size === null ? null : size - received,
      segment_s,
      buffer_s: load.view.buffer_s,
      segments_left: left,
      starting: load.view.starting,
      attempt: this.#record.tries,
      top_mbps: load.view.top_mbps,
    }
  }

  get #age_s(): number {
    return (performance.now() - this.#began_ms) / 1000
  }

  /** Reports the end once; `error` is null when the player has its segment. */
  #finish(error: string | null): void {
    if (this.#finished) return
    this.#finished = true
    this.#fetches.settle(error === null ? 'ok' : 'aborted')
    const { counters } = this.#request.load.events
    const bytes = this.#body.received - this.#had
    counters.segments += 1
    counters.delivered_bytes += bytes
    if (error !== null && error !== 'aborted') {
      counters.failed += 1
      this.#record.tries += 1
    }
    this.#request.load.events.emit({
      type: 'finished',
      segment: this.#segment,
      bytes,
      total_s: this.#age_s,
      error,
    })
  }
}
