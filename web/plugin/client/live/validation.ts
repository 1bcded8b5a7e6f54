/**
 * Strict validation of a live's segments. PeerTube's validator accepts wrong bytes, also those of
 * peers, and waits half a second at every hop before it looks for a new segment's digest.
 */
import { sha256 } from '../courier/video/integrity.ts'
import { fileName } from '../courier/video/hosts.ts'
import { bytesOf, type Joined } from '../p2p-media-loader.ts'
import type { LiveDigests } from './digests.ts'

/** Segments that are remembered; the loader fetches a handful at a time. */
const MOST_FILES = 64

export class LiveValidation {
  readonly #digests: LiveDigests
  /** Segments whose first bytes were there before the latest HTTP request, maybe from a peer. */
  readonly #resumed = new Set<string>()
  /** Segments that the origin has once sent whole with another digest than it tells. */
  readonly #doubtful = new Set<string>()

  constructor(digests: LiveDigests) {
    this.#digests = digests
  }

  /** An HTTP request for the segment begins, for all of it or from some byte on. */
  requested(url: string, isResumed: boolean): void {
    const file = fileName(url)
    if (isResumed) remember(this.#resumed, file)
    else this.#resumed.delete(file)
    this.#digests.expect(file)
  }

  /** Whether a peer's bytes are right; without a digest nobody vouches for them. */
  async fromPeer(url: string, data: Joined): Promise<boolean> {
    const digest = await this.#digests.digest(fileName(url))
    return digest !== null && (await isRight(data, digest))
  }

  /**
   * Whether the origin's bytes are right. Peers are not kept waiting for a late digest of bytes that
   * all came from the origin, and a digest that is wrong twice does not stop the playback.
   */
  async fromOrigin(url: string, data: Joined): Promise<boolean> {
    const file = fileName(url)
    if (this.#resumed.has(file)) return this.fromPeer(url, data)
    const digest = this.#digests.known(file)
    if (digest === null || this.#doubtful.has(file) || (await isRight(data, digest))) return true
    remember(this.#doubtful, file)
    return false
  }
}

const isRight = async (data: Joined, digest: string): Promise<boolean> =>
  (await sha256(bytesOf(data))) === digest

function remember(files: Set<string>, file: string): void {
  files.add(file)
  const [oldest] = files
  if (files.size > MOST_FILES && oldest !== undefined) files.delete(oldest)
}
