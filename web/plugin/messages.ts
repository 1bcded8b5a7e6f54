/**
 * Every message between the page and the engine's worker, in one place.
 *
 * `selector/browser.py` is the other end: it reads one JSON request and writes one JSON
 * answer. Units are in the names where they are not SI. `now_s` is wall-clock time
 * (`Date.now() / 1000`), because beliefs must survive from one visit to the next;
 * durations are measured with `performance.now()`.
 *
 * A host is named by the origin of its URL (`https://mirror.example`), never by the path:
 * the path holds the video's identity, which no memory of ours may keep.
 *
 * Limits: 33 hosts in a request, 256 priors, 2^30 bytes in a segment, 512 kB and 1000 brackets in
 * a message; outcomes are accepted for the last 32 plans.
 */

/** The origin of a URL that serves segments. */
export type Host = string

/**
 * A sentence that can be translated, and its values: `{name}` in the sentence stands for the value
 * of that name, a number or a host. The sentences are those of
 * `selector/bandit/explanation.py` and `selector/bandit/decisions/reasons.py`.
 */
export type Clause = [say: string, values: Record<string, number | Host>]

/** What the fleet says of a host before this viewer has tried it. All but `host` optional. */
export interface HostPrior {
  rate_mbps?: number
  /** Standard deviation of ln(rate). */
  rate_sd?: number
  ttfb_s?: number
  /** Standard deviation of ln(TTFB). */
  ttfb_sd?: number
  /** Share of requests that fail, 0 to 1. */
  error_rate?: number
}

/** What an admin allows beyond one request per segment, on average over a visit. */
export interface Limits {
  /** Extra requests per segment, for splitting and for exploring; 0 keeps every range whole. */
  extra_requests: number
  /** Extra bytes as a share of the useful ones. */
  extra_bytes: number
}

/** What the player needs next. */
export interface PlanRequest {
  now_s: number
  /** Every host that may be asked for this segment, origin included; at least one. */
  hosts: Host[]
  /** Size of the wanted range, when known. */
  bytes: number | null
  /** Media time in the segment. */
  segment_s: number
  /** Media time buffered ahead of the playhead. */
  buffer_s: number
  /** Segments of this video still to come, this one included; null if unknown. */
  segments_left: number | null
  /** Nothing has been played yet. */
  starting: boolean
  /** 0 on the first try of this segment, then counting the player's own retries. */
  attempt: number
  /** Bit rate of the best resolution that the player may choose; null if unknown. */
  top_mbps?: number | null
}

/** One part of a split range, and when to ask somebody else for it as well. */
export interface Part {
  host: Host
  bytes: number
  hedge: { host: Host; after_s: number } | null
}

/** Whom to ask for one segment, and when to ask somebody else. */
export interface Plan {
  /** Names the plan in `progress` and `observe`. */
  plan: number
  /** Best first. The first is asked; the others are failed over to, in this order. */
  ranking: Host[]
  /** Ask `host` as well when no byte has come `after_s` after the request; first byte wins. */
  hedge: { host: Host; after_s: number } | null
  /**
   * Empty when the first of `ranking` shall bring the whole range. Else at least two consecutive
   * parts of the range, in order, whose bytes sum up to the wanted `bytes`; all are asked for
   * at once, `hedge` is null, and a part that fails goes on at the next host of `ranking` that
   * it was not asked of.
   */
  parts: Part[]
  /** Give the host up when this long passes in the body without a byte. */
  stall_s: number
  /** Probability with which this host was chosen, for off-policy evaluation. */
  propensity: number
  explored: boolean
  /** Why, in words a competent coder can check. */
  why: Clause[]
}

/** How one body is coming along, of a whole range or of a part; sent about every .5 s. */
export interface FetchSoFar {
  plan: number
  host: Host
  now_s: number
  ttfb_s: number
  /** Time since the first byte. */
  body_s: number
  bytes: number
  bytes_left: number
  buffer_s: number
  /** Hosts this range, or this part, has already been asked of, `host` included. */
  tried: Host[]
  /** Rescues of this segment so far. */
  rescues: number
}

/** Continue the remaining range on `rescue`, or carry on when null. */
export interface Advice {
  rescue: Host | null
  why: string
}

/** A part of a split range that is still on its way. */
export interface PartSoFar {
  host: Host
  /** Since the request. */
  age_s: number
  /** Null while no byte has come. */
  ttfb_s: number | null
  bytes: number
  bytes_left: number
}

/**
 * A host has brought its part of a split range while others are still at theirs. Without `parts`:
 * it has nothing to do for the plan, which came too late to be carried out.
 */
export interface Idle {
  plan: number
  host: Host
  now_s: number
  parts: PartSoFar[]
}

/** The idle host takes the last `bytes` of `parts[part]` over; null leaves all as it is. */
export interface Takeover {
  part: number | null
  bytes: number
  why: string
}

/**
 * How one fetch ended.
 * - `ok`: whole range, right bytes
 * - `http-error`: refused, or a status that is not the wanted one
 * - `timeout`: no first byte
 * - `stall`: the body stopped coming, or ended early
 * - `corrupt`: the segment's sha256 was wrong
 * - `aborted`: the player or a hedge's winner ended it; says nothing about failure
 * - `switched`: a rescue or a takeover gave the rest to another host; what came still counts
 */
export type OutcomeKind =
  'ok' | 'http-error' | 'timeout' | 'stall' | 'corrupt' | 'aborted' | 'switched'

export interface Outcome {
  /** 0 when the page decided without the engine. */
  plan: number
  host: Host
  now_s: number
  kind: OutcomeKind
  status: number | null
  /** Null when no byte came. */
  ttfb_s: number | null
  /** From request to the end, whatever the end was. */
  total_s: number
  bytes: number
  /** Probably a new connection: the host had been idle longer than servers keep one open. */
  cold: boolean
  /** Another fetch of ours ran at the same time and shared the access link. */
  overlapped: boolean
}

/** What reports say of where and when: numbers of `FIELDS` in `selector/telemetry/report.py`. */
export interface Context {
  /** Unknown, wired, wifi, cellular. */
  connection: number
  /** Bands of three hours of time zone; 4 is UTC to UTC+2:59. */
  zone: number
  /** Quarters of the viewer's day. */
  hours: number
}

/** What the admin has set for reports. */
export interface Terms {
  /** Of all that one viewer tells of one day. */
  epsilon: number
  /** Most hosts told of a day. */
  hosts: number
  /** Share of days on which a viewer's player picks as PeerTube does. */
  control: number
}

/** One noised answer about one host; of `ttfb`, `rate` and `error` two are null. */
export interface Report extends Context {
  /** In UTC, such as 2026-05-14. */
  day: string
  host: Host
  epsilon: number
  control: number
  ttfb: number | null
  rate: number | null
  error: number | null
}

/** What is told, and beside it the truth, which stays in the browser. */
export interface Line {
  report: Report
  truth: { ttfb: number; rate: number; error: number }
}

/** The day so far; opaque to the page, JSON-safe. */
export interface Diary {
  format: string
  [field: string]: unknown
}

/** What is told, and on which terms, when it is asked for at `now_s`. */
export interface Telling {
  now_s: number
  context: Context
  terms: Terms
}

/** What is believed of one host. */
export interface HostBelief {
  host: Host
  ttfb_s: number
  /** 5th and 95th percentile. */
  ttfb_s_90: [number, number]
  rate_mbps: number
  rate_mbps_90: [number, number]
  p_down: number
  error_rate: number
  used: number
  /** Expected cost of the last wanted segment on this host, in s. */
  cost_s: number | null
  /** Where the belief comes from. */
  words: Clause[]
}

export interface Explanation {
  hosts: HostBelief[]
  /** Empty before the first choice of a visit. */
  last_choice: Clause[]
  plans: number
  outcomes: number
  /** Outcomes that were not believable (clock jumps, negative or missing times, zero bytes). */
  dropped: number
}

/** The engine's memory; opaque to the page, JSON-safe. */
export interface Snapshot {
  format: string
  [field: string]: unknown
}

/** Verb, body and answer of every call. */
export interface Calls {
  /** Start over with an empty engine; the diary stays. */
  open: {
    body: { seed: number; priors: Record<Host, HostPrior>; limits?: Limits }
    answer: { engine: string }
  }
  plan: { body: PlanRequest; answer: Plan }
  progress: { body: FetchSoFar; answer: Advice }
  idle: { body: Idle; answer: Takeover }
  /** `used` is false when the outcome was dropped; `reason` then says why. */
  observe: {
    /** The diary counts outcomes of `public` videos only. */
    body: Outcome & { public: boolean }
    answer: { used: boolean; reason: string | null }
  }
  explain: { body: { now_s: number }; answer: Explanation }
  snapshot: { body: Record<string, never>; answer: Snapshot }
  restore: { body: { snapshot: Snapshot }; answer: { hosts: number } }
  /**
   * Keep a diary from now on: `diary`, or an empty one. `secret`, 32 random hexadecimal digits made
   * on this device, decides every coin.
   */
  keep_diary: { body: { secret: string; diary: Diary | null }; answer: Record<string, never> }
  diary: { body: Record<string, never>; answer: Diary }
  /** What `tell` would say now; nothing is settled by looking. */
  preview: { body: Telling; answer: { lines: Line[] } }
  /** Settles the reports of the day of `now_s`; asked again, says the same. */
  tell: { body: Telling; answer: { lines: Line[] } }
}

export type Verb = keyof Calls

export interface Request<V extends Verb = Verb> {
  id: number
  verb: V
  body: Calls[V]['body']
}

/**
 * A message that is not valid leaves the engine as it was and names the field. The answer's id is
 * 0 when the request's could not be read.
 */
export type Answer<V extends Verb = Verb> =
  | { id: number; ok: true; answer: Calls[V]['answer'] }
  | { id: number; ok: false; error: { field: string; reason: string } }

/** What the worker says by itself, once: it is ready, or it never will be. */
export type Hello = { hello: 'ready'; ready_ms: number } | { hello: 'failed'; reason: string }
