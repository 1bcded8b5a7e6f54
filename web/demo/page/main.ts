/** The demo page: the two players side by side, and what they went through. */
import type { FleetState, HostState, VideoDetails } from '../contract.ts'
import { drawBuffer, type BufferModel } from './pictures/buffer-chart.ts'
import { html, need, picture } from '../../dom.ts'
import { believedRows, drawHosts, measuredRows, type HostRow } from './pictures/host-table.ts'
import { Faces } from './pictures/hosts.ts'
import { columns, drawStrip, type Column } from './pictures/segment-strip.ts'
import { summarise, type DemoState } from './measures/state.ts'
import { drawTotals, type Totals } from './pictures/totals.ts'
import { changeFleet, readFleet, Weather } from './weather.ts'

const SEGMENT_S = 4
const FLEET_MS = 1000

/**
 * Each comes as a visitor of its own, with its own connections and memory. The right one is of
 * this page's own site, because browsers may deny memory to a framed visitor of another.
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
  readonly #faces: Faces
  readonly #segments: number
  readonly #frame: HTMLIFrameElement
  readonly #totals: (totals: Totals) => void
  readonly #strip: (strip: Column[]) => void
  readonly #buffer: (model: BufferModel) => void
  readonly #hosts: (rows: HostRow[]) => void
  readonly #sentence: HTMLElement
  readonly #marks: Marks

  constructor(
    { mode, viewer }: (typeof PLAYERS)[number],
    faces: Faces,
    video: VideoDetails,
    marks: Marks,
  ) {
    const card = need(document, `#${mode}`)
    this.#mode = mode
    const autoplay = matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 1
    this.#src = `http://${viewer}:${location.port}/player.html?mode=${mode}&autoplay=${autoplay}`
    this.#faces = faces
    this.#marks = marks
    this.#segments = Math.ceil(video.duration / SEGMENT_S)
    const title = need(card, 'h2').textContent
    this.#frame = html('iframe', { title, allow: 'autoplay; fullscreen' }) as HTMLIFrameElement
    need(card, '.screen').append(this.#frame)
    this.#totals = picture(need(card, '.totals'), drawTotals)
    this.#strip = picture(need(card, '.strip'), drawStrip)
    this.#buffer = picture(need(card, '.buffer'), drawBuffer)
    this.#hosts = picture(need(card, '.hosts'), (rows) => drawHosts(rows, HOST_CAPTIONS[mode]))
    this.#sentence = need(card, '.sentence')
    addEventListener('message', (event) => {
      if (event.source === this.#frame.contentWindow) this.#show(event.data as DemoState, video)
    })
  }

  play(): void {
    this.#frame.src = this.#src
  }

  #show(state: DemoState, { duration }: VideoDetails): void {
    const { served, ...sums } = summarise(state)
    const now_s = state.buffer_log.at(-1)?.at_s ?? 0
    this.#totals({ ...sums, hosts: Object.keys(served).length })
    this.#strip(columns(state, this.#segments, this.#faces))
    const { stalls, errors, buffer_log, startup_s } = state
    const until_s = Math.max(duration, now_s) + 4
    this.#buffer({ stalls, errors, buffer_log, startup_s, until_s, marks: this.#marks })
    const rows = state.engine ? believedRows : measuredRows
    this.#hosts(rows(state, this.#faces))
    this.#sentence.textContent = sentence(state, this.#faces, this.#mode)
  }
}

function sentence(state: DemoState, faces: Faces, mode: string): string {
  if (mode === 'stock') {
    const hosts = faces.known.length
    return `PeerTube keeps no account of hosts: each of the ${hosts} is as likely as any other.`
  }
  if (!state.engine?.sentence) return 'The plugin has not decided anything yet.'
  const { state: engine, sentence } = state.engine
  const words = sentence.replace(/http:\/\/[\w.]+:\d+/g, (host) => faces.of(host).name)
  return engine === 'ready' ? words : `Engine ${engine}: ${words}`
}

/** The moments at which the schedules change the weather for good, in words. */
function marksOf(hosts: HostState[]): Marks {
  return hosts.flatMap(({ schedule }) =>
    schedule.flatMap(({ at_s, words }) => (words === undefined ? [] : [{ at_s, words }])),
  )
}

/** The service takes longer to start than the players. */
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
  const faces = new Faces(fleet.hosts)
  const weather = new Weather(need(document, '#weather'), fleet.hosts, faces)
  const marks = marksOf(fleet.hosts)
  const cards = PLAYERS.map((player) => new PlayerCard(player, faces, video, marks))
  const play = async (): Promise<void> => {
    weather.show(await changeFleet({ restart: true }))
    for (const card of cards) card.play()
  }
  need(document, '#again').addEventListener('click', () => void play())
  setInterval(() => void weather.refresh(), FLEET_MS)
  void linkReport()
  await play()
}

await start()
