/** The demo page: two players side by side, with charts of both. */
import type { FleetState, HostState, VideoDetails } from '../contract.ts'
import { drawBuffer, type BufferModel } from './charts/buffer-chart.ts'
import { html, need, picture } from '../../dom.ts'
import { billOf } from './charts/bill.ts'
import { believedRows, drawHosts, measuredRows, type HostRow } from './charts/host-table.ts'
import { HostBadges } from './charts/host-badges.ts'
import { columns, drawStrip, type Column } from './charts/segment-strip.ts'
import { summarise, type DemoState } from './metrics/state.ts'
import { drawTotals, type Totals } from './charts/totals.ts'
import { readFleet, ConditionsForm } from './conditions-form.ts'

const SEGMENT_S = 4
const FLEET_MS = 1000

/**
 * Each player has its own site, and so its own connections and storage. The right player has the
 * site of this page, because browsers may deny storage to a frame of another site.
 */
const PLAYERS = [
  { mode: 'stock', viewer: '127.0.0.1' },
  { mode: 'mirrorwise', viewer: 'localhost' },
] as const

const HOST_CAPTIONS = {
  stock: 'What could have been learned: medians so far (lines: 1 and 10 Mbit/s)',
  mirrorwise: 'What the engine believes; the rate with its 90 % interval',
}

type Marks = BufferModel['marks']

class PlayerCard {
  readonly #mode: keyof typeof HOST_CAPTIONS
  readonly #src: string
  readonly #fleet: HostState[]
  readonly #badges: HostBadges
  readonly #segments: number
  readonly #frame: HTMLIFrameElement
  readonly #totals: (totals: Totals) => void
  readonly #bill: HTMLElement
  readonly #strip: (strip: Column[]) => void
  readonly #buffer: (model: BufferModel) => void
  readonly #hosts: (rows: HostRow[]) => void
  readonly #sentence: HTMLElement
  readonly #marks: Marks

  constructor(
    { mode, viewer }: (typeof PLAYERS)[number],
    fleet: HostState[],
    badges: HostBadges,
    video: VideoDetails,
    marks: Marks,
  ) {
    const card = need(document, `#${mode}`)
    this.#mode = mode
    const autoplay = matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 1
    this.#src = `http://${viewer}:${location.port}/player.html?mode=${mode}&autoplay=${autoplay}`
    this.#fleet = fleet
    this.#badges = badges
    this.#marks = marks
    this.#segments = Math.ceil(video.duration / SEGMENT_S)
    const title = need(card, 'h2').textContent
    this.#frame = html('iframe', { title, allow: 'autoplay; fullscreen' }) as HTMLIFrameElement
    need(card, '.screen').append(this.#frame)
    this.#totals = picture(need(card, '.totals'), drawTotals)
    this.#bill = need(card, '.bill')
    this.#strip = picture(need(card, '.strip'), drawStrip)
    this.#buffer = picture(need(card, '.buffer'), drawBuffer)
    this.#hosts = picture(need(card, '.hosts'), (rows) => drawHosts(rows, HOST_CAPTIONS[mode]))
    this.#sentence = need(card, '.sentence')
    addEventListener('message', (event) => {
      // Each player has an origin of its own. In WebKit `event.source` of a frame of this page's own
      // site is not the frame's `contentWindow`.
      if (event.origin === new URL(this.#src).origin) this.#show(event.data as DemoState, video)
    })
  }

  play(): void {
    this.#frame.src = this.#src
  }

  #show(state: DemoState, { duration }: VideoDetails): void {
    const { served, bytes, ...sums } = summarise(state)
    const now_s = state.buffer_log.at(-1)?.at_s ?? 0
    this.#totals({ ...sums, hosts: Object.keys(served).length })
    this.#bill.textContent = billOf(bytes, this.#fleet)
    this.#strip(columns(state, this.#segments, this.#badges))
    const { stalls, errors, buffer_log, startup_s } = state
    const until_s = Math.max(duration, now_s) + 4
    this.#buffer({ stalls, errors, buffer_log, startup_s, until_s, marks: this.#marks })
    const rows = state.engine ? believedRows : measuredRows
    this.#hosts(rows(state, this.#badges))
    this.#sentence.textContent = sentence(state, this.#badges, this.#fleet, this.#mode)
  }
}

function sentence(state: DemoState, badges: HostBadges, fleet: HostState[], mode: string): string {
  if (mode === 'stock') {
    const hosts = fleet.filter(({ isExtra }) => !isExtra).length
    return `PeerTube keeps no account of hosts: each of the ${hosts} is as likely as any other.`
  }
  if (!state.engine?.sentence) return 'The plugin has not decided anything yet.'
  const { state: engine, sentence } = state.engine
  const words = sentence.replace(/http:\/\/[\w.]+:\d+/g, (host) => badges.of(host).name)
  return engine === 'ready' ? words : `Engine ${engine}: ${words}`
}

/** Marks for the charts: schedule steps that have a description. */
function marksOf(hosts: HostState[]): Marks {
  return hosts.flatMap(({ schedule }) =>
    schedule.flatMap(({ at_s, words }) => (words === undefined ? [] : [{ at_s, words }])),
  )
}

/** Shows the link to the report, as soon as the service runs. */
async function linkReport(): Promise<void> {
  const { report, hosts } = await readFleet()
  if (report === null) {
    setTimeout(() => void linkReport(), FLEET_MS)
    return
  }
  need(document, '#report a').setAttribute('href', report.page)
  const addresses = hosts.map(({ name, host }) => `${name} ${new URL(host).host}`)
  need(document, '#report span').textContent =
    `${report.words} There hosts go by address: ${addresses.join(', ')}.`
  need(document, '#report').hidden = false
}

async function start(): Promise<void> {
  const fleet: FleetState = await readFleet()
  const video = (await (await fetch('/demo/video.json')).json()) as VideoDetails
  const badges = new HostBadges(fleet.hosts)
  const conditions = new ConditionsForm(need(document, '#weather'), fleet.hosts, badges)
  const marks = marksOf(fleet.hosts)
  const cards = PLAYERS.map((player) => new PlayerCard(player, fleet.hosts, badges, video, marks))
  const play = async (): Promise<void> => {
    await conditions.change({ restart: true })
    for (const card of cards) card.play()
  }
  need(document, '#again').addEventListener('click', () => void play())
  setInterval(() => void conditions.refresh(), FLEET_MS)
  void linkReport()
  await play()
}

await start()
