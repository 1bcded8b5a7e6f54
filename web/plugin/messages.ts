/**
 * The types of all messages between the page and the engine's worker.
 *
 * `selector/browser.py` is the other end: it reads one JSON request and writes one JSON answer.
 * Units are in the names where they are not SI. `now_s` is wall-clock time (`Date.now() / 1000`),
 * because beliefs must survive from one visit to the next; durations are measured with
 * `performance.now()`.
 *
 * A host is named by the origin of its URL (`https://mirror.example`), never by the path: the path
 * identifies the video, and no memory of ours may keep that.
 *
 * Limits: 33 hosts in a request, 256 priors, 2^30 bytes in a segment, 512 kB and 1000 brackets in a
 * message; outcomes are accepted for the last 32 plans.
 */

/** The origin of a URL that serves segments. */
export type Host = string

/**
 * A translatable sentence and its values: `{name}` in the sentence is replaced by the value of that
 * name, a number or a host. The sentences are listed in `selector/bandit/explanation.py` and
 * `selector/bandit/decisions/reasons.py`.
 */
export type Clause = [say: string, values: Record<string, number | Host>]

/**
 * The fleet's prior for one host, used until this viewer has tried the host. All fields are
 * optional.
 */
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

/** The admin's limits on extra requests and extra bytes, averaged over a visit, and hosts to spare. */
export interface Limits {
  /**
   * Extra requests per segment: none is added for splitting or exploring once all of a visit, hedges,
   * rescues, fail-overs and retries included, have reached it; 0 keeps every range whole.
   */
  extra_requests: number
  /** Extra bytes as a share of the useful bytes. */
  extra_bytes: number
  /** What 1 MB from a host costs, as if it took so many seconds longer. */
  prices?: Record<Host, number>
  /** Hosts that are asked only where the viewer would otherwise stall or drop in quality. */
  reserves?: Host[]
}

/** A request for a plan: the wanted segment and the state of the player. */
export interface PlanRequest {
  now_s: number
  /** Every host that may be asked for this segment, origin included; at least one. */
  hosts: Host[]
  /**
   * Hosts that serve the video but lack this file; the engine, which hears only of candidates, does
   * not read this.
   */
  lacking?: Host[]
  /** Size of the wanted byte range; null if unknown. */
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

/** One part of a split byte range: the host, the number of bytes, and the part's hedge. */
export interface Part {
  host: Host
  bytes: number
  hedge: { host: Host; after_s: number } | null
}

/** The plan for one segment: ranked hosts, the hedge, and the parts of a split byte range. */
export interface Plan {
  /** Identifies the plan in `progress`, `idle` and `observe`. */
  plan: number
  /**
   * Best first. The first host is asked; failover goes through the following hosts in this order.
   */
  ranking: Host[]
  /** Ask `host` as well when no byte has come `after_s` after the request; the first byte wins. */
  hedge: { host: Host; after_s: number } | null
  /**
   * Empty when the first host of `ranking` shall deliver the whole range. Otherwise at least two
   * consecutive parts, in order, whose bytes sum up to the wanted `bytes`. All parts are requested
   * at once, and the plan's own `hedge` is null. A failed part continues on the next host of
   * `ranking` that has not been asked for this part.
   */
  parts: Part[]
  /** Give the host up after this time without a byte in the body. */
  stall_s: number
  /** Probability with which this host was chosen, for off-policy evaluation. */
  propensity: number
  explored: boolean
  /** The reasons for this plan. */
  why: Clause[]
}

/** Progress of one response body, for a whole range or a part; sent about every .5 s. */
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
  /** Hosts that have been asked for this range or part, `host` included. */
  tried: Host[]
  /** Rescues of this segment so far. */
  rescues: number
}

/** The answer to `progress`: continue the rest of the range on `rescue`; null means no change. */
export interface Advice {
  rescue: Host | null
  why: string
}

/** Progress of one part of a split range that is not complete yet. */
export interface PartSoFar {
  host: Host
  /** Time since the request. */
  age_s: number
  /** Null while no byte has come. */
  ttfb_s: number | null
  bytes: number
  bytes_left: number
}

/**
 * A host is idle: it has delivered its part of a split range, and the other `parts` are not
 * complete. With empty `parts`: the plan came too late, so this host fetches nothing for the plan.
 */
export interface Idle {
  plan: number
  host: Host
  now_s: number
  parts: PartSoFar[]
}

/**
 * The answer to `idle`: the idle host takes over the last `bytes` of `parts[part]`; null means no
 * takeover.
 */
export interface Takeover {
  part: number | null
  bytes: number
  why: string
}

/**
 * How one fetch ended.
 * - `ok`: whole range, right bytes
 * - `http-error`: the request failed, or the status or length of the response was wrong
 * - `missing`: the host lacks the file, or has another version of it; says nothing about the host
 * - `timeout`: no first byte
 * - `stall`: the body stopped coming, or ended early
 * - `corrupt`: the segment's sha256 was wrong
 * - `aborted`: the player ended the fetch, or another host won the hedge; not a failure of the host
 * - `switched`: a rescue or a takeover gave the rest to another host; the received bytes still
 *   count
 */
export type OutcomeKind =
  'ok' | 'http-error' | 'missing' | 'timeout' | 'stall' | 'corrupt' | 'aborted' | 'switched'

/** The outcome of one fetch. */
export interface Outcome {
  /** 0 when the page decided without the engine. */
  plan: number
  host: Host
  now_s: number
  kind: OutcomeKind
  status: number | null
  /** Null when no byte came. */
  ttfb_s: number | null
  /** Time from the request to the end of the fetch, with any outcome. */
  total_s: number
  bytes: number
  /** Probably a new connection: the host had been idle longer than servers keep one open. */
  cold: boolean
  /** Another fetch of ours ran at the same time and shared the access link. */
  overlapped: boolean
}

/** The coarse context of a report, coded as in `FIELDS` of `selector/telemetry/report.py`. */
export interface Context {
  /** 0 to 3: unknown, wired, wifi, cellular. */
  connection: number
  /** Time zone in bands of three hours; 4 is UTC to UTC+2:59. */
  zone: number
  /** Quarter of the viewer's day, 0 to 3. */
  hours: number
}

/** The terms of reports, from the admin's settings. */
export interface Terms {
  /** ε of all reports of one viewer and day together. */
  epsilon: number
  /** Most hosts that one viewer reports about per day. */
  hosts: number
  /**
   * Share of days on which a viewer is in the control group, for which PeerTube picks the hosts.
   */
  control: number
}

/**
 * One noised answer about one host; exactly one of `ttfb`, `rate`, `error` and `missing` is given.
 */
export interface Report extends Context {
  /** In UTC, such as 2026-05-14. */
  day: string
  host: Host
  epsilon: number
  control: number
  ttfb: number | null
  rate: number | null
  error: number | null
  /** Absent unless it is the answer. */
  missing?: number
}

/** A report and the true values behind it, which never leave the browser. */
export interface Line {
  report: Report
  truth: { ttfb: number; rate: number; error: number; missing?: number }
}

/** The diary: counts of one day's outcomes by host; JSON-safe. The page reads its day and fetches. */
export interface Diary {
  format: string
  /** In UTC; empty before the first outcome. */
  day: string
  hosts: Record<
    Host,
    [ttfb: number[], rate: number[], failed: number, fetches: number, ...number[]]
  >
  [field: string]: unknown
}

/** A request for the report lines of the day of `now_s`. */
export interface Telling {
  now_s: number
  context: Context
  terms: Terms
}

/** The engine's belief about one host. */
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

/** The engine's beliefs and the reasons of its last plan, for the viewer's panel. */
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

/**
 * What happened in a live's swarm since the last message.
 * - `peer`: a segment came from a peer, whole `wait_s` after the playlist first named it
 * - `late`: the player needed a segment that no peer had delivered, and the origin was asked
 * - `origin`: a fetch from the origin ended; `own` if it was volunteered, not `whole` if it was cut
 * - `twice`: a fetch of our own was needless, because a peer offered the segment as well
 * - `upload`: bytes sent to peers, and the time in which at least one upload ran
 */
export type SwarmEvent =
  | { kind: 'peer'; wait_s: number }
  | { kind: 'late' }
  | {
      kind: 'origin'
      ttfb_s: number
      total_s: number
      bytes: number
      own: boolean
      whole: boolean
    }
  | { kind: 'twice' }
  | { kind: 'upload'; bytes: number; busy_s: number }

/** A live's swarm as this viewer sees it; sent about once per segment. */
export interface SwarmSoFar {
  now_s: number
  /** Duration of a segment, .2 to 60 s. */
  segment_s: number
  /** Mean size of late segments, at least 1. */
  bytes: number
  /** Connected peers, 0 to 1000. */
  peers: number
  /** At most 64. */
  events: SwarmEvent[]
}

/** What the page does in a swarm until the next policy. */
export interface SwarmPolicy {
  /** Wished number of viewers, among this one and its peers, that fetch a segment from the origin. */
  k: number
  /** Uploads at once, 1 to 8. */
  slots: number
  /** How long peers are waited for before a fetch of our own. */
  stagger_s: number
  /** False: the origin is scarce, so nothing is fetched for others for `backoff_s`. */
  volunteer: boolean
  backoff_s: number
  /** Null until enough was uploaded. */
  uplink_bps: number | null
  /**
   * The origin is slower than the live. A fallback then waits as long as a neighbour has or loads
   * the segment, and no running transfer from a peer is cut.
   */
  scarce: boolean
  /** What each rank waits longer than the one before it, when the player needs a segment. */
  fallback_s: number
  /** The sentences are listed in `selector/swarm/policy.py`. */
  words: Clause[]
}

/** What is remembered of swarms between visits: the uplink, nothing of what was watched. */
export interface SwarmSnapshot {
  format: string
  uplink_bps: number | null
}

/** Verb, body and answer of every call. */
export interface Calls {
  /** Start over with an empty engine and swarm; the diary stays. */
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
  swarm: { body: SwarmSoFar; answer: SwarmPolicy }
  swarm_snapshot: { body: Record<string, never>; answer: SwarmSnapshot }
  swarm_restore: { body: { snapshot: SwarmSnapshot }; answer: Record<string, never> }
  /**
   * Keep a diary from now on: continue `diary`, or start an empty one. `secret`, 32 random
   * hexadecimal digits made on this device, seeds all coins of randomised response.
   */
  keep_diary: { body: { secret: string; diary: Diary | null }; answer: Record<string, never> }
  diary: { body: Record<string, never>; answer: Diary }
  /** The lines that `tell` would return now; they do not become final. */
  preview: { body: Telling; answer: { lines: Line[] } }
  /** Makes the report lines of the day of `now_s` final; a second call returns the same lines. */
  tell: { body: Telling; answer: { lines: Line[] } }
}

export type Verb = keyof Calls

export interface Request<V extends Verb = Verb> {
  id: number
  verb: V
  body: Calls[V]['body']
}

/**
 * The answer to one request. An invalid request leaves the engine unchanged, and the error names
 * the field. `id` is 0 when the request's id could not be read.
 */
export type Answer<V extends Verb = Verb> =
  | { id: number; ok: true; answer: Calls[V]['answer'] }
  | { id: number; ok: false; error: { field: string; reason: string } }

/** The worker's first message, sent once: the engine is ready, or it has failed to start. */
export type Hello = { hello: 'ready'; ready_ms: number } | { hello: 'failed'; reason: string }
