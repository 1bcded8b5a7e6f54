/** Validates a segment by its sha256 from the playlist's list, and repairs it from other hosts. */
import type { Host } from '../../messages.ts'
import type { Attempt } from './http/attempt.ts'
import type { SegmentBody } from './body.ts'
import type { Fetches } from './fetches.ts'
import { WrongBytes } from './wrong-bytes.ts'
import { sha256, type Digests } from './video/integrity.ts'
import type { ByteRange } from './http/range.ts'

interface Received {
  hashes: Digests
  file: string
  byteRange: ByteRange | undefined
  body: SegmentBody
  fetches: Fetches
  signal: AbortSignal
}

interface Copy {
  attempt: Attempt
  bytes: Uint8Array<ArrayBuffer>
}

/**
 * Validates the joined segment and repairs wrong bytes in place; false when no host has the right
 * bytes.
 */
export async function validate(
  joined: Uint8Array<ArrayBuffer>,
  received: Received,
): Promise<boolean> {
  const { hashes, file, byteRange, body } = received
  const wanted = await hashes.digest(file, byteRange)
  if (wanted === null) return trustOrigin(joined, received)
  const digest = await sha256(joined)
  if (digest === wanted) return true
  // The loader fetches a segment again when part of it did not come from us. But when our bytes
  // were out of order, a peer's bytes that follow them are wrong only for that reason, and the peer
  // must not be dropped.
  if (!body.brought(joined.length) && !body.outOfOrder) return false
  return repair(joined, digest, wanted, received)
}

/**
 * Without a digest only the origin's bytes are trusted; the origin would also have sent the digest.
 */
async function trustOrigin(
  joined: Uint8Array<ArrayBuffer>,
  { body, fetches }: Received,
): Promise<boolean> {
  if (!body.brought(joined.length)) return false
  if ([...body.attempts].every(({ request }) => request.host === fetches.origin)) return true
  const copy = await copyFrom(fetches.origin, fetches, joined.length)
  if (!copy) return false
  joined.set(copy.bytes)
  return true
}

/**
 * Fetches the segment from one host after another until the bytes are right. Hosts that delivered
 * none of the wrong bytes come first, in the order of the plan's ranking, because the loader's
 * timeout is running.
 */
async function repair(
  joined: Uint8Array<ArrayBuffer>,
  digest: string,
  wanted: string,
  { hashes, file, byteRange, body, fetches, signal }: Received,
): Promise<boolean> {
  const ranking = fetches.plan?.ranking ?? []
  const suspects = new Set([...body.attempts].map(({ request }) => request.host))
  const beyondDoubt = ranking.filter((host) => !suspects.has(host))
  const hosts = new Set<Host>([...beyondDoubt, fetches.origin, ...ranking])
  const guilty = new Set<Attempt>()
  const wrong: Copy[] = []
  const digests = new Set([digest])
  // A host that delivered the whole segment is guilty; of several hosts, the right bytes show
  // which.
  if (suspects.size === 1 && body.brought(joined.length)) {
    for (const host of suspects) hosts.delete(host)
    for (const attempt of body.attempts) guilty.add(attempt)
  }
  for (const host of hosts) {
    const copy = await copyFrom(host, fetches, joined.length)
    if (signal.aborted) return false
    if (!copy) continue
    const digested = await sha256(copy.bytes)
    if (digested === wanted) {
      const found = body.wrongIn(joined, copy.bytes)
      for (const { attempt, bytes } of wrong) {
        found.set(attempt, new WrongBytes().add(bytes, copy.bytes, 0, bytes.length))
      }
      joined.set(copy.bytes)
      const isOutdated = (attempt: Attempt): boolean =>
        found.get(attempt)?.areOfAnotherVersion ?? false
      fetches.reject([...found.keys()].filter(isOutdated))
      fetches.blame([...found.keys()].filter((attempt) => !isOutdated(attempt)))
      return true
    }
    digests.add(digested)
    wrong.push(copy)
    guilty.add(copy.attempt)
  }
  // When all hosts sent the same bytes, the list of digests may be out of date.
  if (digests.size === 1) {
    await hashes.reload()
    if ((await hashes.digest(file, byteRange)) === digest) return true
  }
  fetches.blame(guilty)
  return false
}

/** Fetches the whole segment from one host alone; null when that fails. */
async function copyFrom(host: Host, fetches: Fetches, size: number): Promise<Copy | null> {
  const attempt = fetches.ask(host, 'repair', { first: 0, end: size }, false)
  const bytes = new Uint8Array(size)
  let offset = 0
  if (await attempt.firstByte) {
    for (let chunk = await attempt.read(); chunk; chunk = await attempt.read()) {
      bytes.set(chunk, offset)
      offset += chunk.length
    }
  }
  return attempt.kind === 'ok' && offset === size ? { attempt, bytes } : null
}
