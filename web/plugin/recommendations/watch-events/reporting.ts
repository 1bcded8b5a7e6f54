/**
 * What is told of a video that was watched: one bit, noised here, once per video, at most five
 * videos a day.
 */
import { EPSILON, MOST_EVENTS, type Event } from '../../shared/watch-event.ts'
import { keep, kept, random, type Told } from './shelf.ts'

const A_DAY = 5
const MOST_TOLD = 2000
const DAY_S = 86_400
/** Forgetting folds what is left again. */
const TIMEOUT_MS = 60_000

/** What is decided before a video has been watched, so that a closing page need not wait. */
export interface Coin {
  video: string
  /** In [0, 1), always the same for the same video: to be asked again teaches nothing. */
  uniform: number
  mark: string
}

/** Null on pages without TLS, which have no `crypto.subtle` and where others can listen. */
export async function flip(video: string): Promise<Coin | null> {
  if (!isSecureContext) return null
  const { secret } = identity()
  const uniform = (await digits(secret, 'engaged', video)) / 2 ** 52
  return { video, uniform, mark: (await digits(secret, 'told', video)).toString(36) }
}

/** Tells of a video, unless that was done before or enough was told today. */
export async function tell(coin: Coin, engaged: boolean, router: string): Promise<void> {
  const { video, uniform, mark } = coin
  const { told, unsent } = kept()
  const { token } = identity()
  const day = dayOf(Date.now() / 1000)
  const today = told.filter((each) => each.day === day).length
  if (today >= A_DAY || told.some((each) => each.mark === mark)) return
  const event: Event = { viewer: token, video, day, engaged: respond(engaged, uniform) }
  // First, so that nothing is told twice whatever becomes of it.
  const isKept = keep({
    told: [...told.map(withoutOldVideo), { mark, day, video }].slice(-MOST_TOLD),
    unsent: [...unsent, event].slice(-MOST_EVENTS),
  })
  if (isKept) await send(router)
}

/** The service may not know of it yet, and would recommend it again. */
export const toldLately = (): string[] =>
  kept().told.flatMap((each) => withoutOldVideo(each).video ?? [])

const withoutOldVideo = ({ mark, day, video }: Told): Told =>
  day >= yesterday() && video !== undefined ? { mark, day, video } : { mark, day }

/** Sends what is to be sent; what is not known to have arrived stays for the next time. */
export async function send(router: string): Promise<void> {
  const events = kept().unsent.filter(({ day }) => day >= yesterday())
  if (events.length === 0) return
  const answer = await post(`${router}events`, { events })
  // What is refused now is refused for good, but for too many at once.
  const isOver = answer && (answer.ok || (answer.status < 500 && answer.status !== 429))
  if (!isOver) return
  const sent = new Set(events.map(({ video }) => video))
  keep({ unsent: kept().unsent.filter(({ video }) => !sent.has(video)) })
}

/** Another name from now on; what was told stays told, and is not told again. */
export const reset = (): boolean => keep({ token: random() })

/** What the service has taken out, signed: `instance/recommendations/forgetting.py`. */
export interface Receipt {
  plays: number
  signature: string
}

/**
 * Has the service forget this viewer, and forgets all that is kept here but for choices. Null when
 * the service did not; `unknown` when it has never known this viewer.
 */
export async function forget(router: string): Promise<Receipt | 'unknown' | null> {
  const { token, told } = kept()
  const receipt = token === '' ? 'unknown' : await receiptOf(router, token)
  if (receipt === null) return null
  // Today's count stays: forgetting does not make a day longer.
  const counted = told.map(({ day }) => ({ mark: '', day })).slice(-A_DAY)
  keep({ token: '', secret: '', told: counted, unsent: [], watched: [] })
  return receipt
}

async function receiptOf(router: string, viewer: string): Promise<Receipt | null> {
  const answer = await post(`${router}forget`, { viewer })
  if (!answer?.ok) return null
  return (await answer.json().catch(() => null)) as Receipt | null
}

/** Made when something is told for the first time. */
function identity(): { token: string; secret: string } {
  const { token, secret } = kept()
  const known = { token: token || random(), secret: secret || random() }
  keep(known)
  return known
}

/** Randomised response, as `selector/telemetry/noise.py` has it: the truth, or one of two. */
export function respond(truth: boolean, uniform: number): 0 | 1 {
  const honesty = Math.expm1(EPSILON) / (Math.expm1(EPSILON) + 2)
  if (uniform < honesty) return truth ? 1 : 0
  return (uniform - honesty) / (1 - honesty) < 0.5 ? 0 : 1
}

/** As `coin` there makes them. */
async function digits(secret: string, purpose: string, video: string): Promise<number> {
  const text = new TextEncoder().encode(`${secret}/${purpose}//${video}`)
  const digest = new DataView(await crypto.subtle.digest('SHA-256', text))
  return Number(digest.getBigUint64(0) >> 12n)
}

/** Null when nothing is answered. */
async function post(url: string, body: object): Promise<Response | null> {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      // The page may be closing.
      keepalive: true,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
  } catch {
    return null
  }
}

const yesterday = (): string => dayOf(Date.now() / 1000 - DAY_S)
const dayOf = (at_s: number): string => new Date(at_s * 1000).toISOString().slice(0, 10)
