/** Conditions of a host: latency, jitter, rate and fault. */

export const FAULTS = [
  'none',
  /** Closes the connection on a request for a segment. */
  'refuse',
  'http-503',
  /** Answers 404, as after an eviction from the mirror's cache. */
  'http-404',
  /** Accepts the request and never answers. */
  'silent',
  /** Sends half of the body, then closes the connection. */
  'cut',
  /** Sends half of the body, then nothing more. */
  'freeze',
  /** Sends wrong bytes of the right length. */
  'flip',
  /** Answers a range with the whole file. */
  'no-ranges',
  /** Closes the connection on any request, as an instance that has gone for good. */
  'gone',
] as const

export type Fault = (typeof FAULTS)[number]

export interface Conditions {
  /** From request to first byte, without jitter. */
  latency_ms: number
  /** Uniform jitter, 0 to this, added to the latency. */
  jitter_ms: number
  /** Limit for each viewer; null for no limit. */
  rate_kBps: number | null
  /** Affects requests for segments only; `gone` affects all. */
  fault: Fault
}

export const HEALTHY: Conditions = { latency_ms: 15, jitter_ms: 5, rate_kBps: null, fault: 'none' }

const LIMITS = { latency_ms: [0, 60_000], jitter_ms: [0, 60_000], rate_kBps: [1, 1e6] } as const

/** Reads a change of conditions from JSON; throws a RangeError that names the field. */
export function readConditions(change: unknown, current: Conditions): Conditions {
  if (typeof change !== 'object' || change === null) throw new RangeError('send a JSON object')
  const next: Conditions = { ...current }
  for (const [field, value] of Object.entries(change)) {
    if (field === 'fault') {
      if (!FAULTS.includes(value as Fault)) {
        throw new RangeError(`fault: one of ${FAULTS.join(', ')}`)
      }
      next.fault = value as Fault
    } else if (field in LIMITS) {
      const limit = field as keyof typeof LIMITS
      const [low, high] = LIMITS[limit]
      if (limit === 'rate_kBps' && value === null) next.rate_kBps = null
      else if (typeof value === 'number' && value >= low && value <= high) next[limit] = value
      else throw new RangeError(`${field}: a number from ${low} to ${high}`)
    } else {
      throw new RangeError(`${field}: no such condition`)
    }
  }
  return next
}
