/**
 * A live: its viewers fetch from each other, and PeerTube's loader decides who fetches what. This
 * mends what loses time or bytes on the way. The script is loaded only when a live with P2P plays.
 */
import type { CircuitBreaker } from '../courier/circuit-breaker.ts'
import { mark } from '../courier/http/fetch-wrapper.ts'
import type { LoadList } from '../courier/video/integrity.ts'
import type { Engine, LoaderOptions, RequestSetup, Validator } from '../p2p-media-loader.ts'
import { Records } from '../planner/records.ts'
import { LiveDigests } from './digests.ts'
import type { LiveState } from './state.ts'
import { Storage } from './storage.ts'
import { Tally } from './tally.ts'
import { Uploads } from './uploads.ts'
import { LiveValidation } from './validation.ts'

/** The peer ids of the versions whose ways were read and tested; PeerTube 8.2 ships 2.2.2. */
const KNOWN_VERSIONS = ['-PM0202-', '-PM0203-']
const OUT_OF_RANGE = 416
/** Marks our storages for another copy of this script. */
const OURS = Symbol.for('mirrorwise.storage')

export class Live {
  readonly options: LoaderOptions
  readonly #theirs: LoaderOptions
  readonly #breaker: CircuitBreaker
  readonly #validation: LiveValidation
  readonly #tally = new Tally()
  readonly #uploads = new Uploads(new Records())
  #engine: Engine | null = null
  #isKnown = true

  private constructor(theirs: LoaderOptions, digests: LoadList, breaker: CircuitBreaker) {
    this.#theirs = theirs
    this.#breaker = breaker
    this.#validation = new LiveValidation(new LiveDigests(digests))
    this.options = {
      ...theirs,
      ...(theirs.httpRequestSetup && { httpRequestSetup: this.#setup(theirs.httpRequestSetup) }),
      ...this.#validators(),
      customSegmentStorageFactory: this.#makeStorage,
    }
  }

  /** Null where this live has to be left alone; `digests` fetches its list of digests. */
  static begin(theirs: LoaderOptions, digests: LoadList, breaker: CircuitBreaker): Live | null {
    const { httpRequestSetup, customSegmentStorageFactory: factory } = theirs
    if (httpRequestSetup && !factory) return new Live(theirs, digests, breaker)
    // PeerTube may register a script twice; the first copy has taken this live over.
    if (!factory || !(OURS in factory))
      console.info('mirrorwise: this live is left alone: its loader is set up otherwise')
    return null
  }

  /** Hears of each attempt at a segment, whose digest is fetched at once. */
  watch(engine: Engine): void {
    const { customSegmentStorageFactory: factory, mainStream } = engine.getConfig().core
    const version = mainStream?.trackerClientVersionPrefix ?? ''
    this.#isKnown = factory === this.#makeStorage && KNOWN_VERSIONS.includes(version)
    if (this.#isKnown) {
      this.#engine = engine
      this.#tally.watch(engine)
      engine.addEventListener('onChunkUploaded', (bytes, peer) => this.#uploads.sent(bytes, peer))
      engine.addEventListener('onPeerClose', ({ peerId }) => this.#uploads.closed(peerId))
      if (this.#uploads.limit_bps === 0) this.#applyLimit()
      engine.addEventListener('onSegmentStart', ({ segment, downloadSource }) => {
        if (!this.#isOff) this.#validation.started(segment.url, downloadSource === 'p2p')
      })
    } else if (factory === this.#makeStorage) {
      console.info(`mirrorwise: this live is left alone: p2p-media-loader ${version} is not known`)
      // Nothing has been loaded yet, so that the loader can still make its own.
      engine.applyDynamicConfig({ core: { customSegmentStorageFactory: undefined } })
    }
  }

  /** For a panel. */
  state(): LiveState {
    const { fromPeers, fromOrigin, uploaded, peers, segments } = this.#tally
    const { slots, running, limit_bps } = this.#uploads
    return {
      ...{ fromPeers, fromOrigin, uploaded, peers, slots },
      uploads: running,
      uploadLimit_bps: limit_bps,
      canUpload: !this.#theirs.isP2PUploadDisabled,
      segments: [...segments],
    }
  }

  /**
   * Limits what is sent to peers, in bit/s, from the next segment on and on later visits: 0 for
   * nothing, null for no limit. Throws a RangeError for what is neither.
   */
  limitUploads(bitsPerSecond: number | null): void {
    this.#uploads.limit(bitsPerSecond)
    this.#applyLimit()
  }

  /** Peers need not ask a viewer who sends nothing. */
  #applyLimit(): void {
    const isP2PUploadDisabled = this.#theirs.isP2PUploadDisabled || this.#uploads.limit_bps === 0
    this.#engine?.applyDynamicConfig({ core: { isP2PUploadDisabled } })
  }

  get #isOff(): boolean {
    return this.#breaker.isOpen || !this.#isKnown
  }

  readonly #makeStorage = Object.assign(
    () => {
      const storage = new Storage((bytes) => this.#isOff || this.#uploads.admit(bytes))
      this.#uploads.onFree = () => storage.announceAll()
      return storage
    },
    { [OURS]: true },
  )

  #setup(theirs: RequestSetup): RequestSetup {
    return async (url, byteRange, signal, requestByteRange) => {
      const request = await theirs(url, byteRange, signal, requestByteRange)
      // PeerTube's lives have a file for each segment.
      if (this.#isOff || byteRange || signal.aborted) return request
      return this.#breaker.guard(
        () => {
          this.#validation.requested(url, requestByteRange !== undefined)
          return request && mark(request, (goOn) => this.#whole(request, goOn))
        },
        () => request,
      )
    }
  }

  /**
   * Asks for the whole segment when the origin has no bytes left to send. The loader asks so when a
   * peer had sent all, but was not finished; 2.2 does not see the status, and waits in vain.
   */
  async #whole(request: Request, goOn: () => Promise<Response>): Promise<Response> {
    const response = await goOn()
    if (response.status !== OUT_OF_RANGE || this.#isOff) return response
    this.#validation.requested(request.url, false)
    const headers = new Headers(request.headers)
    headers.delete('Range')
    return fetch(new Request(request, { headers }))
  }

  #validators(): LoaderOptions {
    const { validateHTTPSegment, validateP2PSegment } = this.#theirs
    const strict =
      (ours: Validator, original: Validator | null | undefined): Validator =>
      async (...segment) => {
        const theirs = async (): Promise<boolean | undefined> => original?.(...segment) ?? true
        return this.#isOff || segment[1]
          ? theirs()
          : this.#breaker.guard(() => ours(...segment), theirs)
      }
    return {
      validateHTTPSegment: strict(
        (url, _, data) => this.#validation.fromOrigin(url, data),
        validateHTTPSegment,
      ),
      validateP2PSegment: strict(
        (url, _, data) => this.#validation.fromPeer(url, data),
        validateP2PSegment,
      ),
    }
  }
}
