/**
 * Sends watch events: one bit of engagement after randomised response, once per video, at most five
 * videos a day.
 */
import { timeLimit } from '../../shared/time-limit.ts'
import { EPSILON, MOST_EVENTS, type Event } from '../../shared/watch-event.ts'
import type { Preferences } from '../../shared/preferences.ts'
import { forgetPlayed } from '../played.ts'
import { store, stored, randomToken, type Mode, type ReportedVideo } from '../local-storage.ts'

const MAX_A_DAY = 5
const MAX_REMEMBERED = 2000
const DAY_S = 86_400
/** Deletion takes the service long, because it folds the remaining events again. */
const TIMEOUT_MS = 60_000

/** The coin for a video, drawn before it has been watched, so that a closing page need not wait. */
export interface Coin {
  video: string
  /**
   * A number in [0, 1), always the same for a video, so repeated answers carry no more information.
   */
  uniform: number
  mark: string
  /** The viewer's token at the time: under another token the video is not reported any more. */
  token: string
}

/**
 * Draws the coin for a video. Null on pages without TLS, which have no `crypto.subtle` and where
 * others can listen.
 */
export async function drawCoin(video: string): Promise<Coin | null> {
  if (!isSecureContext) return null
  const { secret, token } = identity()
  const uniform = (await digits(secret, 'engaged', video)) / 2 ** 52
  return { video, uniform, token, mark: (await digits(secret, 'told', video)).toString(36) }
}

/** Reports a video, unless it was reported before or today's limit is reached. */
export async function report(coin: Coin, engaged: boolean, router: string): Promise<void> {
  const { video, uniform, mark, token } = coin
  const { told, unsent, token: current } = stored()
  if (token !== current) return
  const day = dayOf(Date.now() / 1000)
  const today = told.filter((each) => each.day === day).length
  if (today >= MAX_A_DAY || told.some((each) => each.mark === mark)) return
  const event: Event = { viewer: token, video, day, engaged: respond(engaged, uniform) }
  // Stored before it is sent, so that no failure leads to a second report.
  const isStored = store({
    told: [...told.map(withoutOldVideo), { mark, day, video }].slice(-MAX_REMEMBERED),
    unsent: [...unsent, event].slice(-MOST_EVENTS),
  })
  if (isStored) await sendPending(router)
}

/** Videos reported today or yesterday, which the service may not have folded yet. */
const recentlyReported = (): string[] =>
  stored().told.flatMap((each) => withoutOldVideo(each).video ?? [])

/** What a viewer says to the service with each list. */
export function preferencesOf(mode: Mode): Preferences {
  const { token, surprise, without, withoutBefore } = stored()
  // Whoever is off tells of no video; the page itself hides what is not of interest.
  if (mode !== 'shared') return { surprise }
  const viewer = token ? { viewer: token } : {}
  const own = without.filter((video) => !withoutBefore.includes(video))
  return { ...viewer, surprise, without: [...recentlyReported(), ...own] }
}

const withoutOldVideo = ({ mark, day, video }: ReportedVideo): ReportedVideo =>
  day >= yesterday() && video !== undefined ? { mark, day, video } : { mark, day }

/** Sends pending events; an event stays pending until its arrival is known. */
export async function sendPending(router: string): Promise<void> {
  const events = stored().unsent.filter(({ day }) => day >= yesterday())
  if (events.length === 0) return
  const answer = await post(`${router}events`, { events })
  // A refusal is final, except 429 (too many requests).
  const isOver = answer && (answer.ok || (answer.status < 500 && answer.status !== 429))
  if (!isOver) return
  const sent = new Set(events.map(({ video }) => video))
  store({ unsent: stored().unsent.filter(({ video }) => !sent.has(video)) })
}

/**
 * Draws a new token, and drops what would link it with the old one: events that wait, and which
 * videos were reported or dismissed. Videos reported under the old token are not reported again.
 */
export function resetToken(): boolean {
  const { told, without } = stored()
  return store({
    token: randomToken(),
    unsent: [],
    told: told.map(({ mark, day }) => ({ mark, day })),
    withoutBefore: without,
  })
}

/** The service's signed receipt of a deletion: `instance/recommendations/forgetting.py`. */
export interface Receipt {
  plays: number
  signature: string
}

/**
 * Deletes this viewer's events at the service, and everything but the preferences on this device.
 * Null when the service failed; `unknown` when the service has never known this viewer.
 */
export async function forget(router: string): Promise<Receipt | 'unknown' | null> {
  const { token, told } = stored()
  const receipt = token === '' ? 'unknown' : await receiptOf(router, token)
  if (receipt === null) return null
  // Today's count stays, so that deletion does not reset the daily limit.
  const counted = told.map(({ day }) => ({ mark: '', day })).slice(-MAX_A_DAY)
  store({ token: '', secret: '', told: counted, unsent: [], watched: [] })
  forgetPlayed()
  return receipt
}

async function receiptOf(router: string, viewer: string): Promise<Receipt | null> {
  const answer = await post(`${router}forget`, { viewer })
  if (!answer?.ok) return null
  return (await answer.json().catch(() => null)) as Receipt | null
}

/** Token and secret, drawn at the first report. */
function identity(): { token: string; secret: string } {
  const { token, secret } = stored()
  const known = { token: token || randomToken(), secret: secret || randomToken() }
  store(known)
  return known
}

/**
 * Randomised response with ε = `EPSILON`: the truth, or a fair coin. The same as `respond` in
 * `selector/telemetry/noise.py`.
 */
export function respond(truth: boolean, uniform: number): 0 | 1 {
  const honesty = Math.expm1(EPSILON) / (Math.expm1(EPSILON) + 2)
  if (uniform < honesty) return truth ? 1 : 0
  return (uniform - honesty) / (1 - honesty) < 0.5 ? 0 : 1
}

/** A number of 52 pseudo-random bits, made like `coin` in `selector/telemetry/noise.py`. */
async function digits(secret: string, purpose: string, video: string): Promise<number> {
  const text = new TextEncoder().encode(`${secret}/${purpose}//${video}`)
  const digest = new DataView(await crypto.subtle.digest('SHA-256', text))
  return Number(digest.getBigUint64(0) >> 12n)
}

/** Posts JSON; null when there is no answer. */
async function post(url: string, body: object): Promise<Response | null> {
  try {
    return await timeLimit(TIMEOUT_MS, (signal) =>
      fetch(url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
        // The page may be closing.
        keepalive: true,
        signal,
      }),
    )
  } catch {
    return null
  }
}

const yesterday = (): string => dayOf(Date.now() / 1000 - DAY_S)
const dayOf = (at_s: number): string => new Date(at_s * 1000).toISOString().slice(0, 10)
