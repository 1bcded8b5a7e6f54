/** The engine's memory between visits: one localStorage record that names hosts, never videos. */
import type { Host, Snapshot } from '../../messages.ts'
import { parseUrl } from '../../shared/url.ts'
import { Records } from './records.ts'

const FORMAT = 'mirrorwise-page-1'
const NAME = 'viewer'
const MAX_HOSTS = 64

export interface Memory {
  /** Best first. */
  ranking: Host[]
  snapshot: Snapshot
}

export class MemoryStore {
  readonly #records = new Records()

  read(): Memory | null {
    const record = this.#records.get(NAME)
    if (record === undefined) return null
    if (isMemory(record)) return record
    console.warn('mirrorwise: what was remembered is damaged or foreign, starting fresh')
    return null
  }

  forget(): void {
    this.#records.remove(NAME)
  }

  write(memory: Memory): void {
    this.#records.put(NAME, { format: FORMAT, saved_s: Date.now() / 1000, ...memory })
  }
}

export function isMemory(record: unknown): record is Memory {
  if (typeof record !== 'object' || record === null) return false
  const { format, saved_s, ranking, snapshot } = record as Record<string, unknown>
  return (
    format === FORMAT &&
    Number.isFinite(saved_s) &&
    Array.isArray(ranking) &&
    ranking.length <= MAX_HOSTS &&
    ranking.every(isHost) &&
    // The engine checks the rest.
    typeof snapshot === 'object' &&
    snapshot !== null
  )
}

function isHost(host: unknown): boolean {
  return parseUrl(host)?.origin === host
}
