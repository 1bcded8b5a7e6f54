/**
 * Sends this viewer's daily report after randomised response: at most one set of lines per day. The
 * lines are stored on this device before they are sent, so a later request gets the same lines, and
 * only one tab sends them.
 */
import type { Context, Diary, Line, Report, Terms } from '../messages.ts'
import type { Engine } from './planner/engine.ts'
import { sha256 } from './courier/video/integrity.ts'
import type { PagePlanner } from './planner/planner.ts'
import { Records } from './planner/records.ts'
import { timeLimit } from '../shared/time-limit.ts'

const DAY_S = 86_400
/**
 * Outcomes of one day, over all its visits, that are worth a report: some 20 s of video beyond the
 * first buffer. They are reported when the page is hidden or fetches nothing more, or at the next
 * visit, because requests of a closing page often get lost.
 */
const MIN_OUTCOMES = 10
/**
 * Without a fetch for so long after a save, a video has been fetched, or is paused. The planner's
 * save itself may come 10 s after the last fetch.
 */
const IDLE_MS = 10_000
/** Outcomes after which a day is reported at once. */
const ENOUGH_OUTCOMES = 30
/** As in the diary, so that a clock that is set back does not report a day twice. */
const DAYS_KEPT = 8
const SEND_TIMEOUT_MS = 10_000
const LOCK = 'mirrorwise-reports'

/** Names of the records on this device. */
const [SECRET, DIARY, TOLD] = ['secret', 'diary', 'told']

interface StoredDiary {
  /** A time of the diary's day. */
  saved_s: number
  diary: Diary
}

/** A day whose lines are fixed; `done` when the lines have arrived. */
interface ReportedDay {
  day: string
  lines: Line[]
  done: boolean
}

type RecordStore = Pick<Records, 'get' | 'put' | 'remove'>

export class Reporter {
  readonly #planner: PagePlanner
  readonly #router: string
  readonly #records: RecordStore
  readonly #idle_ms: number
  /** Null before the start. */
  #terms: Terms | null = null
  #isOver = false
  /** The last day whose report has arrived. */
  #doneDay = ''
  /** When the diary was last saved; a time of its day. */
  #saved_s = now_s()
  /** Outcomes of the diary's day at the last save, those of earlier visits included. */
  #outcomes = 0
  /** What the last save would have told: the engine drops a day when the next one begins. */
  #foreseen: Line[] = []
  #idle: ReturnType<typeof setTimeout> | undefined
  /** Aborts what is being sent. */
  #over = new AbortController()

  /** `router` is the address of the plugin's routes, ending in `/`. */
  constructor(
    planner: PagePlanner,
    router: string,
    records: RecordStore = new Records(),
    idle_ms = IDLE_MS,
  ) {
    this.#planner = planner
    this.#router = router
    this.#records = records
    this.#idle_ms = idle_ms
  }

  /**
   * Whether today's coin puts this viewer into the control group. Needs no engine. Called only
   * where reports are on, because nothing is compared otherwise.
   */
  async inControl(terms: Terms): Promise<boolean> {
    const secret = this.#secret()
    return secret !== null && (await coin(secret, 'control', dayOf(now_s()))) < terms.control
  }

  /** Starts the diary and its reports; does neither where the browser stores nothing. */
  start(terms: Terms): void {
    if (this.#terms || this.#isOver) return
    this.#terms = terms
    this.#planner.whenOpen((engine) => this.#open(engine, terms))
    this.#planner.remembered.on((observed) => void this.#keep(observed))
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden' && this.#outcomes >= MIN_OUTCOMES) void this.tell()
    })
  }

  /** Stores the diary and reports its day once it has enough; `observed` have come so far. */
  async #keep(observed: number): Promise<void> {
    const { signal } = this.#over
    const diary = await this.#planner.ask('diary', {})
    if (!diary || signal !== this.#over.signal) return
    // After midnight, the outcomes may still be those of the day before.
    this.#saved_s = diary.day ? Math.min(now_s(), endOf_s(diary.day)) : now_s()
    this.#outcomes = outcomesOf(diary)
    this.#records.put(DIARY, { saved_s: this.#saved_s, diary })
    if (this.#outcomes >= ENOUGH_OUTCOMES) void this.tell()
    else this.#tellWhenIdle(observed)
    const [first] = this.#foreseen
    const hasEnded = first && first.report.day < diary.day
    if (hasEnded) void this.#settleAndSend(Promise.resolve(this.#foreseen))
    const lines = await this.#ask('preview', this.#saved_s)
    if (lines.length > 0 && signal === this.#over.signal) this.#foreseen = lines
  }

  /** Reports when no fetch has come for a while; `observed` have come so far. */
  #tellWhenIdle(observed: number): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => {
      if (this.#planner.observed === observed && this.#outcomes >= MIN_OUTCOMES) void this.tell()
    }, this.#idle_ms)
  }

  /** Today's lines, reported or not, with the true values; `bodyOf` makes the request body. */
  async preview(): Promise<Line[]> {
    const told = this.#told()
    const today = told.find(({ day }) => day === dayOf(now_s()))
    return today?.lines ?? this.#ask('preview', now_s())
  }

  /** Sends the diary's day, unless it has arrived, and earlier reports that have not arrived. */
  async tell(): Promise<void> {
    const at_s = this.#saved_s
    if (this.#doneDay !== dayOf(at_s)) await this.#settleAndSend(this.#ask('tell', at_s))
  }

  /**
   * Deletes the diary and the reported lines, and draws a new secret; throws if it cannot. The dates
   * of reported days stay, so that no day is reported twice.
   */
  async forget(): Promise<void> {
    const secret = newSecret()
    // The engine first, so that a diary on its way is not stored afterwards.
    if (this.#terms) await this.#planner.ask('keep_diary', { secret, diary: null })
    this.#abort()
    await exclusively(() => {
      this.#dropLines()
      this.#records.remove(DIARY)
      this.#records.put(SECRET, secret)
    })
    if (this.#records.get(DIARY) !== undefined) throw new Error('the diary is still stored')
  }

  /** Begins with the records that another tab has left after forgetting. */
  async forgetAsOtherTab(): Promise<void> {
    this.#abort()
    const secret = this.#secret()
    if (!this.#terms || secret === null) return
    await this.#planner.ask('keep_diary', { secret, diary: null })
    await exclusively(() => void this.#records.remove(DIARY))
  }

  /** Sends nothing from now on, and drops the lines that wait. */
  stop(): void {
    this.#terms = null
    this.#isOver = true
    clearTimeout(this.#idle)
    this.#abort()
    void exclusively(() => this.#dropLines())
  }

  #abort(): void {
    this.#over.abort()
    this.#over = new AbortController()
    this.#outcomes = 0
    this.#foreseen = []
  }

  #dropLines(): void {
    const days = this.#told().map(({ day }) => ({ day, lines: [], done: true }))
    if (days.length > 0) this.#records.put(TOLD, days)
  }

  async #open(engine: Engine, terms: Terms): Promise<void> {
    const secret = this.#secret()
    if (secret === null) return
    const kept = this.#records.get(DIARY)
    if (!isStoredDiary(kept)) {
      await engine.call('keep_diary', { secret, diary: null })
      return
    }
    try {
      await engine.call('keep_diary', { secret, diary: kept.diary })
    } catch (error) {
      console.warn('mirrorwise: the diary cannot be used, starting a new one:', error)
      await engine.call('keep_diary', { secret, diary: null })
      void this.#settleAndSend(Promise.resolve([]))
      return
    }
    // The last visit may have ended before its day was reported.
    const isOver = dayOf(kept.saved_s) < dayOf(now_s()) || outcomesOf(kept.diary) >= MIN_OUTCOMES
    const telling = tellingAt(kept.saved_s, terms)
    const { lines } = await engine.call(isOver ? 'tell' : 'preview', telling)
    this.#foreseen = lines
    void this.#settleAndSend(Promise.resolve(isOver ? lines : []))
  }

  async #ask(verb: 'preview' | 'tell', at_s: number): Promise<Line[]> {
    if (!this.#terms) return []
    const answer = await this.#planner.ask(verb, tellingAt(at_s, this.#terms))
    return answer?.lines ?? []
  }

  async #settleAndSend(telling: Promise<Line[]>): Promise<void> {
    const { signal } = this.#over
    const lines = await telling
    await exclusively(async () => {
      // The viewer has forgotten all, or turned us off.
      if (signal !== this.#over.signal || this.#isOver) return
      const told = this.#told()
      const [first] = lines
      const isNew = first && !told.some(({ day }) => day === first.report.day)
      if (isNew) told.push({ day: first.report.day, lines, done: false })
      if (isNew && !this.#records.put(TOLD, told.slice(-DAYS_KEPT))) return
      for (const each of told.filter(({ done }) => !done)) {
        each.done = await this.#send(each.lines, signal)
        // Whoever has aborted drops the lines.
        if (signal !== this.#over.signal) return
      }
      this.#records.put(TOLD, told.slice(-DAYS_KEPT))
      this.#doneDay = told.filter(({ done }) => done).at(-1)?.day ?? ''
    })
  }

  /** False when sending should be retried. */
  async #send(lines: Line[], over: AbortSignal): Promise<boolean> {
    const terms = this.#terms
    const yesterday = dayOf(now_s() - DAY_S)
    const due = lines.filter(
      ({ report }) => report.day >= yesterday && terms && isOnTerms(report, terms),
    )
    if (due.length === 0) return true
    try {
      const { ok, status } = await timeLimit(
        SEND_TIMEOUT_MS,
        (signal) =>
          fetch(`${this.#router}reports`, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: bodyOf(due),
            keepalive: true,
            signal,
          }),
        over,
      )
      return ok || (status < 500 && status !== 429)
    } catch {
      return false
    }
  }

  /**
   * The secret, drawn once; null where the browser stores nothing. Takes no lock, because a player
   * waits for the secret.
   */
  #secret(): string | null {
    const known = this.#records.get(SECRET)
    if (isSecret(known)) return known
    const secret = newSecret()
    return this.#records.put(SECRET, secret) ? secret : null
  }

  #told(): ReportedDay[] {
    const record = this.#records.get(TOLD)
    return Array.isArray(record) ? record.filter(isReportedDay).slice(-DAYS_KEPT) : []
  }
}

/** The exact request body of a report. */
export function bodyOf(lines: Line[]): string {
  return JSON.stringify({ reports: lines.map(({ report }) => report) })
}

/** A pseudo-random number in [0, 1), the same as from `coin` in `selector/telemetry/noise.py`. */
export async function coin(secret: string, purpose: string, day: string): Promise<number> {
  const text = new TextEncoder().encode(`${secret}/${purpose}/${day}/`)
  return parseInt((await sha256(text)).slice(0, 13), 16) / 2 ** 52
}

/** Connection, time zone and quarter of the day, as coarse as in a report. */
export function contextAt(at_s: number): Context {
  const offset_min = -new Date(at_s * 1000).getTimezoneOffset()
  return {
    connection: connectionKind(),
    zone: Math.min(Math.max(Math.floor(offset_min / 180) + 4, 0), 7),
    hours: Math.floor((at_s / 60 + offset_min) / 360) % 4,
  }
}

/** The connection's type; 0 where the browser does not report it, as in most browsers. */
function connectionKind(): number {
  const { connection } = navigator as { connection?: { type?: string } }
  return Math.max(0, ['unknown', 'ethernet', 'wifi', 'cellular'].indexOf(connection?.type ?? ''))
}

const tellingAt = (now_s: number, terms: Terms) => ({ now_s, context: contextAt(now_s), terms })

const now_s = (): number => Date.now() / 1000

const dayOf = (at_s: number): string => new Date(at_s * 1000).toISOString().slice(0, 10)

const endOf_s = (day: string): number => Date.parse(day) / 1000 + DAY_S - 1

/**
 * Whether a report fits the current terms. The admin may have changed these since the report was
 * made, and the instance refuses a report on old terms.
 */
function isOnTerms({ epsilon }: Report, terms: Terms): boolean {
  return Array.from({ length: terms.hosts }, (_, i) => terms.epsilon / (i + 1)).includes(epsilon)
}

/** Runs `work` in one tab at a time; pages without TLS have no locks. */
async function exclusively(work: () => void | Promise<void>): Promise<void> {
  const { locks } = navigator as Partial<Pick<Navigator, 'locks'>>
  await (locks ? locks.request(LOCK, work) : work())
}

const newSecret = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')

const isSecret = (record: unknown): record is string =>
  typeof record === 'string' && /^[0-9a-f]{32}$/.test(record)

function isStoredDiary(record: unknown): record is StoredDiary {
  const { saved_s, diary } = (record ?? {}) as Partial<Record<keyof StoredDiary, unknown>>
  // The engine checks the rest.
  return Number.isFinite(saved_s) && typeof diary === 'object' && diary !== null
}

const outcomesOf = ({ hosts }: Diary): number =>
  Object.values(hosts).reduce((sum, [, , , fetches]) => sum + fetches, 0)

function isReportedDay(record: unknown): record is ReportedDay {
  const { day, lines, done } = (record ?? {}) as Partial<Record<keyof ReportedDay, unknown>>
  return typeof day === 'string' && Array.isArray(lines) && typeof done === 'boolean'
}
