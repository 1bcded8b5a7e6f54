/** Hosts that an administrator wants to be spared, one per line, such as `video.example: reserve`. */
import { linesOf } from './extra-sources.ts'
import { originOf } from './url.ts'

/** What the engine and the fallback know of hosts that are to be spared. */
export interface Spared {
  /** In s per MB. */
  prices: Record<string, number>
  /** Hosts that are asked only where the viewer would otherwise stall or drop in quality. */
  reserves: string[]
}

/** In s per MB, chosen from the frontier in `benchmarks/selection/RESULTS-sparing.md`. */
const PRICES: Record<string, number> = {
  'spare a little': 1,
  'spare much': 3,
  // Where it is needed it is still to be spared.
  reserve: 3,
}
export const MAX_SPARED = 64

const LINE = /^(\S+?):?\s+(spare a little|spare much|reserve)$/

/** Reads the lines; undefined when one is not allowed, or names a host again. */
export function readSpared(said: unknown): Spared | undefined {
  const lines = linesOf(said)?.map((line) => LINE.exec(line) ?? [])
  const named = lines?.map(([, name = '', how = '']) => ({ host: originOf(name), how }))
  const hosts = new Set(named?.map(({ host }) => host))
  if (!named || named.length > MAX_SPARED || hosts.size < named.length) return undefined
  if (hosts.has(undefined)) return undefined
  const spared: Spared = { prices: {}, reserves: [] }
  for (const { host = '', how } of named) {
    spared.prices[host] = PRICES[how] ?? 0
    if (how === 'reserve') spared.reserves.push(host)
  }
  return spared
}
