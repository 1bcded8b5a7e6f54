/**
 * How the fallback shares out a range: before the engine is there, and while the viewer waits.
 *
 * Nothing that the first frame waits for is staked on a host of which nothing is known. So one
 * trusted host leads; hosts that were measured get as much as they deliver meanwhile, and each
 * unknown host gets a slice at the end, which the first host that is done takes over if it is late.
 */
import type { Host, Part, PartSoFar, Takeover } from '../../messages.ts'

/** A smaller part is over before TCP's window has opened. */
const SMALLEST_BYTES = 50_000
/** The leader keeps at least half of what it would bring without slices. */
const SLICE_SHARE = 0.1
const SMALLEST_SLICE_BYTES = 100_000
/** A smaller range is not sliced: one host soon brings it, and unknown ones may wait. */
const SMALLEST_SLICED_BYTES = 800_000
/** A host with less than this share of the leader's rate is not worth a request. */
const LEAST_RATE_SHARE = 0.2
/** A fetch that the leader brings in this time is not worth more requests. */
const SOON_S = 0.3
const MAX_OTHERS = 4
/** A takeover costs a round trip. */
const ROUND_TRIP_S = 0.1
/** A host that has sent nothing for so long is not waited for. */
const SILENT_S = 0.5

/** A host, and its expected rate in bytes per s; 0 when it has not been measured. */
export interface Expected {
  host: Host
  rate: number
}

/** Shares `bytes` out; empty when the leader alone is as good. `most` others may be asked. */
export function share(
  bytes: number,
  leader: Expected,
  others: Expected[],
  most: number,
  hedge: NonNullable<Part['hedge']>,
): Part[] {
  if (leader.rate > 0 && bytes / leader.rate < SOON_S) return []
  const asked = others.slice(0, Math.min(most, MAX_OTHERS))
  const isUnknown = ({ rate }: Expected): boolean => rate === 0 || leader.rate === 0
  const partners = asked.filter(
    ({ rate }) => leader.rate > 0 && rate > LEAST_RATE_SHARE * leader.rate,
  )
  const sum = partners.reduce((total, { rate }) => total + rate, leader.rate)
  const parts = partners
    .map(({ host, rate }) => ({ host, bytes: Math.floor((bytes * rate) / sum) }))
    .filter((part) => part.bytes >= SMALLEST_BYTES)
  let rest = parts.reduce((left, part) => left - part.bytes, bytes)
  const unknown = bytes < SMALLEST_SLICED_BYTES ? [] : asked.filter(isUnknown)
  const slice = Math.ceil(Math.max(SMALLEST_SLICE_BYTES, SLICE_SHARE * rest))
  const least = rest / 2
  for (const { host } of unknown) {
    if (rest - slice < least) break
    parts.push({ host, bytes: slice })
    rest -= slice
  }
  if (parts.length === 0) return []
  const whole = [{ host: leader.host, bytes: rest }, ...parts]
  const hedged = (host: Host): Part['hedge'] =>
    host === leader.host ? hedge : { host: leader.host, after_s: hedge.after_s }
  return whole.map((part) => ({ ...part, hedge: hedged(part.host) }))
}

/** What a host that is done, with this rate, takes over from the part that ends last. */
export function takeOver(rate: number, parts: PartSoFar[]): Takeover {
  const nothing: Takeover = { part: null, bytes: 0, why: 'all parts are nearly there' }
  if (rate <= 0 || parts.length === 0) return nothing
  const ends_s = parts.map((part) => endOf(part, rate))
  const last_s = Math.max(...ends_s)
  const part = ends_s.indexOf(last_s)
  const left = parts[part]?.bytes_left ?? 0
  const alone_s = ROUND_TRIP_S + left / rate
  const why = `the slowest part would take another ${last_s.toFixed(1)} s`
  // Both end together when (left − x) / its rate = a round trip + x / our rate.
  const x =
    last_s === Infinity
      ? left
      : Math.floor((last_s - ROUND_TRIP_S) / (1 / rate + last_s / Math.max(left, 1)))
  if (left - x < SMALLEST_BYTES || x < SMALLEST_BYTES) {
    return alone_s < last_s ? { part, bytes: left, why } : nothing
  }
  return { part, bytes: x, why }
}

/** When the part will end; a host that has not answered yet is taken to be as fast as `rate`. */
function endOf({ age_s, ttfb_s, bytes, bytes_left }: PartSoFar, rate: number): number {
  if (ttfb_s === null) return age_s > SILENT_S ? Infinity : age_s + bytes_left / rate
  const own = bytes / Math.max(age_s - ttfb_s, 0.05)
  return own > 0 ? bytes_left / own : Infinity
}
