/**
 * A page with a real video.js player and the panel. The planner, the reporter, the memory in
 * localStorage and the engine are real, the engine in a process of its own. The fetches and their
 * hosts are invented.
 */
import videojs from 'video.js'
import { Events } from '../../../../../web/plugin/client/courier/events.ts'
import type { WorkerPort } from '../../../../../web/plugin/client/planner/engine.ts'
import { MemoryStore } from '../../../../../web/plugin/client/planner/memory.ts'
import { History } from '../../../../../web/plugin/client/panel/history.ts'
import { mountPanel, type PanelSources } from '../../../../../web/plugin/client/panel/panel.ts'
import { isOptedOut, setOptedOut } from '../../../../../web/plugin/client/panel/opt-out.ts'
import { PagePlanner } from '../../../../../web/plugin/client/planner/planner.ts'
import { bodyOf, Reporter } from '../../../../../web/plugin/client/reports.ts'
import type {
  Host,
  Outcome,
  OutcomeKind,
  Plan,
  PlanRequest,
} from '../../../../../web/plugin/messages.ts'

declare global {
  interface Window {
    askEngine(message: string): Promise<string>
    stage: typeof stage
  }
}

const SEGMENT_S = 4
const BYTES = 1_200_000
const ORIGIN = 'https://videos.example'
const NEAR = 'https://near.mirror.example'
const FAR = 'https://a-mirror-with-a-rather-long-name.far-away.example:8443'
const HOSTS: Record<Host, { ttfb_s: number; mbps: number }> = {
  [ORIGIN]: { ttfb_s: 0.18, mbps: 6 },
  [NEAR]: { ttfb_s: 0.04, mbps: 22 },
  [FAR]: { ttfb_s: 0.35, mbps: 9 },
}

/** Differences from the usual page. */
interface Wish {
  lang?: string
  isPublic?: boolean
  inControl?: boolean
  withEngine?: boolean
  withReports?: boolean
  withChoice?: boolean
  isLive?: boolean
  isOver?: boolean
  /** Returns translations with markup, as an untrusted translator might. */
  translate?: 'as markup'
}

const events = new Events()
const planner = new PagePlanner(new MemoryStore(), engine)
const reporter = new Reporter(planner, '/router/')
const engineless = new PagePlanner(new MemoryStore(), null)

function engine(): WorkerPort {
  const near = new EventTarget()
  const say = (data: unknown): boolean => near.dispatchEvent(new MessageEvent('message', { data }))
  queueMicrotask(() => say({ hello: 'ready', ready_ms: 0 }))
  return {
    addEventListener: near.addEventListener.bind(near),
    postMessage: (message: unknown) =>
      void window.askEngine(JSON.stringify(message)).then((answer) => say(JSON.parse(answer))),
    terminate: () => undefined,
  }
}

/** A disturbance for fetch `i`, the same in every run. */
function wave(i: number): number {
  return 1 + 0.25 * Math.sin(2.4 * i) + 0.15 * Math.sin(0.7 * i)
}

/** The outcome of one fetch, which brings `share` of the segment. */
function fetchOf(host: Host, i: number, share: number, kind: OutcomeKind): Outcome {
  const { ttfb_s, mbps } = HOSTS[host] ?? { ttfb_s: 0.2, mbps: 5 }
  const bytes = Math.round(share * BYTES)
  const failed = kind === 'http-error'
  const first_s = ttfb_s * wave(i)
  return {
    plan: 0,
    host,
    now_s: 0,
    kind,
    status: failed ? 503 : 206,
    ttfb_s: first_s,
    total_s: first_s + (8e-6 * bytes * wave(i + 1)) / mbps,
    bytes: failed ? 0 : bytes,
    cold: false,
    overlapped: false,
  }
}

/** Plays a number of segments; each ninth fails first and comes from the next best host. */
async function watch(segments: number): Promise<void> {
  const begin_s = Date.now() / 1000 - SEGMENT_S * segments
  for (let i = 0; i < segments; i++) {
    const now_s = begin_s + SEGMENT_S * i
    const segment = { id: i, file: 'video.mp4', first: 0, last: BYTES - 1 }
    const request = {
      ...{ now_s, hosts: Object.keys(HOSTS), bytes: BYTES, segment_s: SEGMENT_S },
      ...{ buffer_s: i % 9 === 8 ? 2.5 : 14, segments_left: 200, starting: i === 0, attempt: 0 },
    }
    const plan = await engineChoice(request)
    events.emit({ type: 'planned', segment, request, plan })
    const [first = ORIGIN, second = ORIGIN] = plan.ranking
    const fetches =
      plan.parts.length > 0
        ? plan.parts.map(({ host, bytes }) => fetchOf(host, i, bytes / BYTES, 'ok'))
        : i % 9 === 8
          ? [fetchOf(first, i, 0, 'http-error'), fetchOf(second, i, 1, 'ok')]
          : [fetchOf(first, i, 1, 'ok')]
    for (const fetched of fetches) {
      const outcome = { ...fetched, plan: plan.plan, now_s: now_s + fetched.total_s }
      const role =
        plan.parts.length > 0
          ? 'part'
          : i % 9 === 8 && fetched.kind === 'ok'
            ? 'failover'
            : 'primary'
      events.counters.asked[role] += 1
      events.counters.bytes += fetched.bytes
      events.emit({ type: 'fetched', segment, role, first: 0, ...outcome })
      planner.observe(outcome, true)
    }
    events.counters.delivered_bytes += BYTES
    const total_s = fetches.reduce((sum, fetched) => sum + fetched.total_s, 0)
    events.emit({ type: 'finished', segment, bytes: BYTES, total_s, error: null })
  }
  await planner.remember()
}

/** The engine's plan; on a busy machine it may come too late, and is requested again. */
async function engineChoice(request: PlanRequest): Promise<Plan> {
  for (;;) {
    const plan = await planner.plan(request)
    if (plan.plan > 0) return plan
    // Waits for earlier calls, so that they do not delay the next plan.
    await planner.explain()
  }
}

async function translations(lang: string): Promise<Record<string, string>> {
  if (lang === 'en') return {}
  return (await fetch(`/panel.${lang}.json`)).json() as Promise<Record<string, string>>
}

const history = new History(events)
/** A live of which a quarter came from others. */
const live = {
  limits: [] as (number | null)[],
  state: () => ({
    ...{ fromPeers: 1e6, fromOrigin: 3e6, uploaded: 2e6, peers: 5, slots: 2, uploads: 1 },
    uploadLimit_bps: live.limits.at(-1) ?? null,
    canUpload: true,
    segments: (['origin', 'peer'] as const).map((source) => ({
      ...{ file: `${source}.ts`, source, bytes: 1e6, at_s: 1, why: 'wanted' as const },
    })),
  }),
  limitUploads: (bitsPerSecond: number | null) => void live.limits.push(bitsPerSecond),
}
let player: ReturnType<typeof videojs> | undefined

/** Mounts the panel for the next video; another language needs a new player. */
function show(wish: Wish = {}): void {
  const { lang = 'en', isPublic = true, inControl = false, isOver = isOptedOut() } = wish
  const {
    withEngine = true,
    withReports = true,
    withChoice = true,
    isLive = false,
    translate,
  } = wish
  if (lang !== document.documentElement.lang || !player) {
    document.documentElement.lang = lang
    player?.dispose()
    player = newPlayer()
  }
  const known = translations(lang)
  const sources: PanelSources = {
    live: isLive ? live : null,
    history: withChoice && !inControl && !isOptedOut() ? history : null,
    planner: withEngine ? planner : engineless,
    reporter: withReports ? (withEngine ? reporter : new Reporter(engineless, '/router/')) : null,
    isPublic,
    inControl,
    isOn: !isOptedOut(),
    isOver: () => isOver,
    isOriginGone: () => false,
    turn: (on) => setOptedOut(!on),
    tellOtherTabsToForget: () => undefined,
    translate: async (text) =>
      translate === 'as markup' ? `<img src=x>${text}` : ((await known)[text] ?? text),
  }
  mountPanel(player, sources)
}

function newPlayer(): ReturnType<typeof videojs> {
  const video = document.createElement('video')
  video.className = 'video-js'
  document.querySelector('.place')?.append(video)
  const made = videojs(video, { controls: true, fill: true })
  // Without a source the control bar would stay hidden.
  made.addClass('vjs-has-started')
  return made
}

const stage = {
  watch,
  show,
  isReady: () => planner.state === 'ready',
  /** The body that the reporter would send now. */
  body: async () => bodyOf(await reporter.preview()),
  limits: () => live.limits,
  believes: async () => (await planner.explain())?.hosts.length ?? 0,
}
window.stage = stage

reporter.start({ epsilon: 2, hosts: 1, control: 0.05 })
planner.start()
show()
