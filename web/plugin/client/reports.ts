/**
 * What is told of this viewer's day: at most one small, noised set of lines, the same whenever it is
 * asked for, kept on this device before it is sent, and told by one tab only.
 */
import type { Context, Diary, Line, Report, Terms } from '../messages.ts'
import type { Engine } from './planner/engine.ts'
import { sha256 } from './courier/integrity.ts'
import type { PagePlanner } from './planner/planner.ts'
import { Records } from './planner/records.ts'

const DAY_S = 86_400
/** Some 20 s of video beyond the first buffer: a page left earlier has not had a day worth telling. */
const ENGAGED = 10
/** Says well enough how a day was; what a page says while it is closed often comes too late. */
const ENOUGH = 30
/** As the diary: a clock set to and fro must not have a day told twice. */
const DAYS_KEPT = 8
const SEND_TIMEOUT_MS = 10_000
const LOCK = 'mirrorwise-reports'

/** Records of this device. */
const [SECRET, DIARY, TOLD] = ['secret', 'diary', 'told']

interface Kept {
  saved_s: number
  diary: Diary
}

/** A day that is settled, whether it has arrived or is to be sent again. */
interface Told {
  day: string
  lines: Line[]
  done: boolean
}

type Shelf = Pick<Records, 'get' | 'put' | 'remove'>

export class Reporter {
  readonly #planner: PagePlanner
  readonly #router: string
  readonly #records: Shelf
  #terms: Terms | null = null
  /** The last day of which nothing more is to be done. */
  #doneDay = ''
  #observed = 0

  /** `router` is the address of the plugin's routes, ending in `/`. */
  constructor(planner: PagePlanner, router: string, records: Shelf = new Records()) {
    this.#planner = planner
    this.#router = router
    this.#records = records
  }

  /**
   * Whether today's coin has this viewer's player pick as PeerTube does. Known without the engine;
   * to be asked only where reports are on, for else nothing is compared.
   */
  async inControl(terms: Terms): Promise<boolean> {
    const secret = this.#secret()
    return secret !== null && (await coin(secret, 'control', dayOf(now_s()))) < terms.control
  }

  /** Begins to keep the day's diary and to tell it. Where the browser keeps nothing, does neither. */
  start(terms: Terms): void {
    if (this.#terms) return
    this.#terms = terms
    this.#planner.whenOpen((engine) => this.#open(engine, terms))
    this.#planner.remembered.on((observed) => {
      this.#observed = observed
      void this.#keep()
      if (observed >= ENOUGH) void this.tell()
    })
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden' && this.#observed >= ENGAGED) void this.tell()
    })
  }

  /** What is told of today, or has been, with the truth beside it; `bodyOf` makes the bytes of it. */
  async preview(): Promise<Line[]> {
    const told = this.#told()
    const today = told.find(({ day }) => day === dayOf(now_s()))
    return today?.lines ?? this.#ask('preview', now_s())
  }

  /** Tells today, unless that has been done, and sends what could not be sent before. */
  async tell(): Promise<void> {
    if (this.#doneDay !== dayOf(now_s()))
      await this.#settleAndSend(await this.#ask('tell', now_s()))
  }

  /**
   * Deletes what is kept for reports, and begins with another secret. Which days have been told is
   * kept, so that none is told again.
   */
  async forget(): Promise<void> {
    const secret = newSecret()
    // First, so that a diary on its way is not written down afterwards.
    if (this.#terms) await this.#planner.ask('keep_diary', { secret, diary: null })
    await alone(() => {
      const days = this.#told().map(({ day }) => ({ day, lines: [], done: true }))
      this.#records.remove(DIARY)
      this.#records.put(SECRET, secret)
      this.#records.put(TOLD, days)
    })
  }

  async #open(engine: Engine, terms: Terms): Promise<void> {
    const secret = this.#secret()
    if (secret === null) return
    const kept = this.#records.get(DIARY)
    if (!isKept(kept)) {
      await engine.call('keep_diary', { secret, diary: null })
      return
    }
    try {
      await engine.call('keep_diary', { secret, diary: kept.diary })
    } catch (error) {
      console.warn('mirrorwise: the diary cannot be used, starting a new one:', error)
      await engine.call('keep_diary', { secret, diary: null })
    }
    // The last visit may have ended before its day was told.
    const before = dayOf(kept.saved_s) < dayOf(now_s())
    const telling = tellingAt(kept.saved_s, terms)
    const { lines } = before ? await engine.call('tell', telling) : { lines: [] }
    void this.#settleAndSend(lines)
  }

  async #ask(verb: 'preview' | 'tell', at_s: number): Promise<Line[]> {
    if (!this.#terms) return []
    const answer = await this.#planner.ask(verb, tellingAt(at_s, this.#terms))
    return answer?.lines ?? []
  }

  async #keep(): Promise<void> {
    const diary = await this.#planner.ask('diary', {})
    const kept: Kept | null = diary && { saved_s: now_s(), diary }
    if (kept) this.#records.put(DIARY, kept)
  }

  #settleAndSend(lines: Line[]): Promise<void> {
    return alone(async () => {
      const told = this.#told()
      const [first] = lines
      const isNew = first && !told.some(({ day }) => day === first.report.day)
      if (isNew) told.push({ day: first.report.day, lines, done: false })
      if (isNew && !this.#records.put(TOLD, told.slice(-DAYS_KEPT))) return
      for (const each of told.filter(({ done }) => !done)) each.done = await this.#send(each.lines)
      this.#records.put(TOLD, told.slice(-DAYS_KEPT))
      this.#doneDay = told.filter(({ done }) => done).at(-1)?.day ?? ''
    })
  }

  /** False when it is worth another try. */
  async #send(lines: Line[]): Promise<boolean> {
    const terms = this.#terms
    const yesterday = dayOf(now_s() - DAY_S)
    const due = lines.filter(
      ({ report }) => report.day >= yesterday && terms && isOnTerms(report, terms),
    )
    if (due.length === 0) return true
    try {
      const { ok, status } = await fetch(`${this.#router}reports`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: bodyOf(due),
        keepalive: true,
        signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
      })
      return ok || (status < 500 && status !== 429)
    } catch {
      return false
    }
  }

  /** Made once; null where the browser keeps nothing. A player waits for it, so it takes no lock. */
  #secret(): string | null {
    const known = this.#records.get(SECRET)
    if (isSecret(known)) return known
    const secret = newSecret()
    return this.#records.put(SECRET, secret) ? secret : null
  }

  #told(): Told[] {
    const record = this.#records.get(TOLD)
    return Array.isArray(record) ? record.filter(isTold).slice(-DAYS_KEPT) : []
  }
}

/** The very bytes that are sent. */
export function bodyOf(lines: Line[]): string {
  return JSON.stringify({ reports: lines.map(({ report }) => report) })
}

/** `coin` of `selector/telemetry/noise.py`. */
export async function coin(secret: string, purpose: string, day: string): Promise<number> {
  const text = new TextEncoder().encode(`${secret}/${purpose}/${day}/`)
  return parseInt((await sha256(text)).slice(0, 13), 16) / 2 ** 52
}

/** Where and when, in words as coarse as those of a report. */
export function contextAt(at_s: number): Context {
  const offset_min = -new Date(at_s * 1000).getTimezoneOffset()
  return {
    connection: connectionKind(),
    zone: Math.min(Math.max(Math.floor(offset_min / 180) + 4, 0), 7),
    hours: Math.floor((at_s / 60 + offset_min) / 360) % 4,
  }
}

/** As far as the browser tells it; most do not. */
function connectionKind(): number {
  const { connection } = navigator as { connection?: { type?: string } }
  return Math.max(0, ['unknown', 'ethernet', 'wifi', 'cellular'].indexOf(connection?.type ?? ''))
}

const tellingAt = (now_s: number, terms: Terms) => ({ now_s, context: contextAt(now_s), terms })

const now_s = (): number => Date.now() / 1000

const dayOf = (at_s: number): string => new Date(at_s * 1000).toISOString().slice(0, 10)

/** The instance refuses what is told on other terms than it has set, which may have changed. */
function isOnTerms({ epsilon }: Report, terms: Terms): boolean {
  return Array.from({ length: terms.hosts }, (_, i) => terms.epsilon / (i + 1)).includes(epsilon)
}

/** One tab at a time; pages without TLS have no locks. */
async function alone(work: () => void | Promise<void>): Promise<void> {
  const { locks } = navigator as Partial<Pick<Navigator, 'locks'>>
  await (locks ? locks.request(LOCK, work) : work())
}

const newSecret = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')

const isSecret = (record: unknown): record is string =>
  typeof record === 'string' && /^[0-9a-f]{32}$/.test(record)

function isKept(record: unknown): record is Kept {
  const { saved_s, diary } = (record ?? {}) as Partial<Record<keyof Kept, unknown>>
  // The engine checks the rest.
  return Number.isFinite(saved_s) && typeof diary === 'object' && diary !== null
}

function isTold(record: unknown): record is Told {
  const { day, lines, done } = (record ?? {}) as Partial<Record<keyof Told, unknown>>
  return typeof day === 'string' && Array.isArray(lines) && typeof done === 'boolean'
}
