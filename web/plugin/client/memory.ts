/** What one visit leaves for the next: one record in IndexedDB, naming hosts and nothing else. */
import type { Host, Snapshot } from '../messages.ts'
import { parseUrl } from './hosts.ts'

const FORMAT = 'mirrorwise-page-1'
const DATABASE = 'mirrorwise'
const STORE = 'memory'
const KEY = 'viewer'
const MAX_HOSTS = 64

export interface Memory {
  /** Best first. */
  ranking: Host[]
  snapshot: Snapshot
}

export class MemoryStore {
  readonly #database: Promise<IDBDatabase | null> = openDatabase()
  /** Known without waiting, because a page that goes away waits for nothing. */
  #ready: IDBDatabase | null = null

  async read(): Promise<Memory | null> {
    this.#ready = await this.#database
    if (!this.#ready) return null
    const record: unknown = await result(this.#ready.transaction(STORE).objectStore(STORE).get(KEY))
    if (record === undefined) return null
    if (isMemory(record)) return record
    console.warn('mirrorwise: what was remembered is damaged or foreign, starting fresh')
    return null
  }

  write(memory: Memory): void {
    try {
      const transaction = this.#ready?.transaction(STORE, 'readwrite')
      const record = { format: FORMAT, saved_s: Date.now() / 1000, ...memory }
      transaction?.objectStore(STORE).put(record, KEY)
      transaction?.commit()
    } catch (error) {
      console.warn('mirrorwise: nothing can be remembered:', error)
      this.#ready = null
    }
  }
}

/** Null where the browser keeps nothing, as in some private windows. */
async function openDatabase(): Promise<IDBDatabase | null> {
  try {
    const request = indexedDB.open(DATABASE, 1)
    request.onupgradeneeded = () => void request.result.createObjectStore(STORE)
    const database = await result(request)
    // Another tab may hold a later version of this script; it must not wait for us.
    database.onversionchange = () => database.close()
    return database
  } catch {
    return null
  }
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'))
  })
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
