/**
 * Strict validation of a live's segments. PeerTube's validator accepts wrong bytes, also those of
 * peers, and waits half a second at every hop before it looks for a new segment's digest.
 */
import { withTimeout } from '../courier/timeouts.ts'
import { sha256 } from '../courier/video/integrity.ts'
import { fileName } from '../courier/video/hosts.ts'
import { bytesOf, type Joined } from '../p2p-media-loader.ts'
import type { LiveDigests } from './digests.ts'

/** Segments that are remembered; the loader fetches a handful at a time. */
const MOST_FILES = 64
/** The loader gives an attempt up 3 s after its last byte; a refusal before costs it no request. */
const PATIENCE_S = 2
/**
 * After so many segments in a row whose digests were wrong, it is the list that is: to refuse a
 * segment once costs the viewer 3 s.
 */
const WRONG_LIST = 3

/** One attempt of the loader at a segment. */
interface Attempt {
  /** Whether the first bytes were there before the HTTP request, maybe from a peer. */
  isResumed: boolean
}

export class LiveValidation {
  readonly #digests: LiveDigests
  /** The latest attempt at each segment. */
  readonly #attempts = new Map<string, Attempt>()
  /** Segments that the origin has once sent whole with another digest than it tells. */
  readonly #doubtful = new Set<string>()
  /** How many of these came in a row. */
  #wrongDigests = 0

  constructor(digests: LiveDigests) {
    this.#digests = digests
  }

  /** The loader begins to fetch the segment, or to go on with it. */
  started(url: string, isFromPeer: boolean): void {
    const file = fileName(url)
    this.requested(url, isFromPeer || this.#attempts.get(file)?.isResumed === true)
    this.#digests.expect(file)
  }

  /** An HTTP request for the segment begins, for all of it or from some byte on. */
  requested(url: string, isResumed: boolean): void {
    const file = fileName(url)
    this.#attempts.delete(file)
    this.#attempts.set(file, { isResumed })
    forgetOldest(this.#attempts)
  }

  /** Whether a peer's bytes are right; without a digest nobody vouches for them. */
  async fromPeer(url: string, data: Joined): Promise<boolean> {
    const digest = await this.#digests.digest(fileName(url))
    return digest !== null && (await isRight(data, digest))
  }

  /**
   * Whether the origin's bytes are right. An attempt that the loader has given up meanwhile gets no
   * answer: 2.2 would take it for that of the next attempt, and play or drop the half of a segment.
   */
  async fromOrigin(url: string, data: Joined): Promise<boolean> {
    const file = fileName(url)
    const attempt = this.#attempts.get(file)
    const answer = attempt?.isResumed
      ? await withTimeout(PATIENCE_S, this.fromPeer(url, data))
      : await this.#wholly(file, data)
    return this.#attempts.get(file) === attempt
      ? (answer ?? false)
      : new Promise<never>(() => undefined)
  }

  /**
   * Whether bytes that all came from the origin are right. Peers are not kept waiting for their late
   * digest, and digests that are wrong do not stop the playback.
   */
  async #wholly(file: string, data: Joined): Promise<boolean> {
    const digest = this.#digests.known(file)
    if (digest === null || this.#doubtful.has(file)) return true
    if (await isRight(data, digest)) {
      this.#wrongDigests = 0
      return true
    }
    this.#doubtful.add(file)
    forgetOldest(this.#doubtful)
    this.#wrongDigests += 1
    return this.#wrongDigests > WRONG_LIST
  }
}

const isRight = async (data: Joined, digest: string): Promise<boolean> =>
  (await sha256(bytesOf(data))) === digest

function forgetOldest(files: Map<string, unknown> | Set<string>): void {
  const [oldest] = files.keys()
  if (files.size > MOST_FILES && oldest !== undefined) files.delete(oldest)
}
