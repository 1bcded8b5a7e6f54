/** A test bench: real hosts on loopback, a video of random bytes, and p2p-media-loader's way. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Conditions } from '../../../../../web/demo/server/conditions.ts'
import { MediaServer, type Handler } from '../../../../../web/demo/server/media-server.ts'
import { Courier } from '../../../../../web/plugin/client/courier/courier.ts'
import type { LoadEvent } from '../../../../../web/plugin/client/courier/events.ts'
import type { Planner } from '../../../../../web/plugin/client/courier/planner.ts'
import { Fallback } from '../../../../../web/plugin/client/planner/fallback.ts'
import { CircuitBreaker } from '../../../../../web/plugin/client/courier/circuit-breaker.ts'
import { readMirrors } from '../../../../../web/plugin/client/courier/video/hosts.ts'
import { HashList } from '../../../../../web/plugin/client/courier/video/integrity.ts'
import type { ByteRange } from '../../../../../web/plugin/client/courier/http/range.ts'
import { Load } from '../../../../../web/plugin/client/courier/load.ts'
import type {
  LoaderOptions,
  RequestSetup,
} from '../../../../../web/plugin/client/p2p-media-loader.ts'
import { originInits, takeOver } from '../../../../../web/plugin/client/player/loader-options.ts'
import type {
  Advice,
  Outcome,
  Plan,
  PlanRequest,
  Takeover,
} from '../../../../../web/plugin/messages.ts'

export const FILE = 'video.mp4'
const SEGMENT_BYTES = 400_000
const SEGMENTS = 4

export interface Fetched {
  status: number
  bytes: Buffer
  valid: boolean | undefined
}

export interface BenchOptions {
  mirrors?: number
  planner?: Planner
  /** PeerTube's own setup; by default a setup without credentials. */
  setup?: RequestSetup
  /** Returns the sha256 list by range; by default the right digests. */
  digests?: (right: Record<string, string>) => unknown
  /** Handlers that answer in place of a host, by its number. */
  handlers?: Record<number, Handler>
}

export class Bench {
  readonly fallback = new Fallback({})
  readonly video = randomBytes(SEGMENTS * SEGMENT_BYTES)
  readonly outcomes: Outcome[] = []
  readonly events: LoadEvent[] = []
  readonly breaker = new CircuitBreaker()
  hosts: MediaServer[] = []
  load!: Load
  courier!: Courier
  options!: LoaderOptions
  #folder = ''
  #digests: BenchOptions['digests']
  #list: Promise<Response> | null = null

  static async open(options: BenchOptions = {}): Promise<Bench> {
    const bench = new Bench()
    await bench.#open(options)
    return bench
  }

  get origin(): MediaServer {
    return this.host(0)
  }

  /** The host with this number; 0 is the origin. */
  host(index: number): MediaServer {
    const host = this.hosts[index]
    if (!host) throw new RangeError(`no host ${index}`)
    return host
  }

  degrade(index: number, conditions: Partial<Conditions>): void {
    Object.assign(this.host(index).conditions, conditions)
  }

  /** Makes these hosts the remembered ones, best first. */
  prefer(...indexes: number[]): void {
    this.fallback.prefer(indexes.map((index) => this.host(index).url))
  }

  get url(): string {
    return `${this.origin.url}/videos/${FILE}`
  }

  range(segment: number): { start: number; end: number } {
    return { start: segment * SEGMENT_BYTES, end: (segment + 1) * SEGMENT_BYTES - 1 }
  }

  /** Fetches as p2p-media-loader does: joins the chunks, and validates what it then plays. */
  async fetch(
    byteRange: ByteRange | undefined,
    options: { url?: string; signal?: AbortSignal; requested?: ByteRange; had?: Uint8Array[] } = {},
  ): Promise<Fetched> {
    const { url = this.url, signal = new AbortController().signal, had = [] } = options
    const setup = this.options.httpRequestSetup
    const request = await setup?.(url, byteRange, signal, options.requested ?? byteRange)
    const response = await fetch(request ?? url)
    for await (const chunk of response.body ?? []) had.push(chunk)
    const data = new Uint8Array(Buffer.concat(had)).buffer
    const valid = await this.options.validateHTTPSegment?.(url, byteRange, data)
    return { status: response.status, bytes: Buffer.from(data), valid }
  }

  /** Writes the sha256 list again, with what `digests` returns now. */
  async rewriteList(): Promise<void> {
    const right: Record<string, string> = {}
    for (const { start, end } of Array.from({ length: SEGMENTS }, (_, i) => this.range(i))) {
      right[`${start}-${end}`] = hash(this.video.subarray(start, end + 1))
    }
    const list = { [FILE]: this.#digests?.(right) ?? right, 'segment.ts': hash(this.video) }
    await writeFile(path.join(this.#folder, 'list.json'), JSON.stringify(list))
  }

  async close(): Promise<void> {
    await this.#list?.catch(() => undefined)
    await Promise.all(this.hosts.map((host) => host.stop()))
    await rm(this.#folder, { recursive: true })
  }

  async #open({ mirrors = 2, planner, setup, digests, handlers }: BenchOptions) {
    this.#folder = await mkdtemp(path.join(tmpdir(), 'courier-'))
    await writeFile(path.join(this.#folder, FILE), this.video)
    await writeFile(path.join(this.#folder, 'segment.ts'), this.video)
    this.#digests = digests
    await this.rewriteList()
    this.hosts = await Promise.all(
      Array.from({ length: mirrors + 1 }, (_, i) =>
        new MediaServer({
          name: `host ${i}`,
          mounts: { '/videos/': this.#folder },
          ...(handlers?.[i] && { handler: handlers[i] }),
        }).start(),
      ),
    )
    const listUrl = `${this.origin.url}/videos/list.json`
    this.courier = new Courier(new Witness(planner ?? this.fallback, this.outcomes), this.breaker)
    this.load = new Load(
      readMirrors(this.hosts.slice(1).map((host) => `${host.url}/videos`)),
      new HashList(() => (this.#list = fetch(listUrl))),
    )
    this.load.events.on((event) => this.events.push(event))
    const original = setup ?? ((url) => Promise.resolve(new Request(url)))
    this.options = takeOver(
      { httpRequestSetup: original },
      this.load,
      this.courier,
      originInits(original, mirrors),
    )
  }
}

/** Records the outcomes that the planner observes. */
class Witness implements Planner {
  readonly #planner: Planner
  readonly #outcomes: Outcome[]

  constructor(planner: Planner, outcomes: Outcome[]) {
    this.#planner = planner
    this.#outcomes = outcomes
  }

  plan(request: PlanRequest): Promise<Plan> {
    return this.#planner.plan(request)
  }

  progress(...args: Parameters<Planner['progress']>): Promise<Advice> {
    return this.#planner.progress(...args)
  }

  idle(...args: Parameters<Planner['idle']>): Promise<Takeover> {
    return this.#planner.idle(...args)
  }

  observe(outcome: Outcome, isPublic: boolean): void {
    this.#outcomes.push(outcome)
    this.#planner.observe(outcome, isPublic)
  }

  discard(outcome: Outcome): void {
    this.#planner.discard(outcome)
  }
}

export function hash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
