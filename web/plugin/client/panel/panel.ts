/** The viewer's panel: a button in the player's control bar that opens a dialog. */
import { html, picture, svg } from '../../../dom.ts'
import type { Clause } from '../../messages.ts'
import type { LiveState } from '../live/state.ts'
import { EMBED_LANGUAGE, translateInEmbed } from './embed-translation.ts'
import { clausesOf, drawHosts, hostList } from './host-list.ts'
import { drawPreview, previewOf } from './report-preview.ts'
import { drawLive, uploadLimit } from './live.ts'
import type { PanelSources } from './sources.ts'
import { TEXT } from './strings.ts'
import { drawSummary, summaryOf } from './summary.ts'
import { drawTotals, totalsOf } from './totals.ts'
import { Translator } from '../../shared/translation.ts'

export type { PanelSources } from './sources.ts'

const REFRESH_MS = 1000
/** Room for the control bar below the panel. */
const CONTROL_BAR_PX = 48
const MARGIN_PX = 8
/** Below this width PeerTube's own buttons need the whole control bar. */
const NARROW_PX = 480

/** The part of video.js's player that is used. */
interface Player {
  el(): Element
}

const panels = new WeakMap<Player, Panel>()

/**
 * Adds the panel to a player, once per video. A player with a panel gets the new video's sources; a
 * video of which there is nothing to tell adds no panel.
 */
export function mountPanel(player: Player, sources: PanelSources, hasPanel = true): void {
  const bar = player.el().querySelector('.vjs-control-bar')
  if (!bar) return
  const known = panels.get(player)
  if (known?.isIn(bar)) known.sources = sources
  else if (hasPanel) panels.set(player, new Panel(player.el(), bar, sources))
}

class Panel {
  sources: PanelSources
  readonly #translator: Translator
  readonly #player: Element
  readonly #button = html('button', {
    class: 'vjs-control vjs-button mirrorwise-button',
    type: 'button',
    'aria-haspopup': 'dialog',
    'aria-expanded': 'false',
  }) as HTMLButtonElement
  readonly #dialog = html('dialog', { class: 'mirrorwise-panel' }) as HTMLDialogElement
  #refresh: () => Promise<void> = () => Promise.resolve()
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(player: Element, bar: Element, sources: PanelSources) {
    this.#player = player
    this.sources = sources
    this.#translator = new Translator(
      (text) => (this.sources.translate ?? translateInEmbed)(text),
      sources.translate ? document.documentElement.lang : EMBED_LANGUAGE,
    )
    this.#button.append(icon())
    this.#button.addEventListener('click', () => void this.#open())
    this.#dialog.addEventListener('close', () => this.#closed())
    this.#dialog.addEventListener('click', (event) => {
      // The content covers the dialog, so a click on the dialog element is a click on the backdrop.
      if (event.target === this.#dialog) this.#dialog.close()
    })
    for (const element of [this.#button, this.#dialog]) {
      // Keys that are meant for the panel must not seek, mute or pause.
      element.addEventListener('keydown', (event) => event.stopPropagation())
    }
    const settings = bar.querySelector('.vjs-settings')
    bar.insertBefore(this.#button, settings ?? bar.querySelector('.vjs-fullscreen-control'))
    player.append(this.#dialog)
    // A narrow bar has no room to spare: there the button stands above it.
    new ResizeObserver(() =>
      this.#button.classList.toggle('mirrorwise-above', player.clientWidth < NARROW_PX),
    ).observe(player)
    // In embeds translations are fetched only when the panel is opened.
    if (sources.translate) void this.#translator.learn([TEXT.title]).then(() => this.#name())
    else this.#name()
  }

  isIn(bar: Element): boolean {
    return bar.contains(this.#button)
  }

  #name(): void {
    const title = this.#translator.say(TEXT.title)
    this.#button.title = title
    this.#button.setAttribute('aria-label', title)
    this.#dialog.setAttribute('aria-label', title)
  }

  async #open(): Promise<void> {
    await this.#translator.learn(Object.values(TEXT))
    this.#name()
    this.#build()
    await this.#refresh()
    this.#place()
    this.#dialog.showModal()
    this.#button.setAttribute('aria-expanded', 'true')
    clearInterval(this.#timer)
    this.#timer = setInterval(() => {
      // Without an event, the page may have thrown the player away.
      if (this.#dialog.isConnected) void this.#refresh()
      else clearInterval(this.#timer)
    }, REFRESH_MS)
  }

  #closed(): void {
    clearInterval(this.#timer)
    this.#button.setAttribute('aria-expanded', 'false')
    this.#button.focus()
  }

  /** Above the right end of the control bar; on a phone the style sheet puts it elsewhere. */
  #place(): void {
    const { right, bottom } = this.#player.getBoundingClientRect()
    const px = (gap: number): string => `${Math.max(MARGIN_PX, Math.round(gap))}px`
    this.#dialog.style.setProperty('--mirrorwise-right', px(innerWidth - right + MARGIN_PX))
    this.#dialog.style.setProperty('--mirrorwise-bottom', px(innerHeight - bottom + CONTROL_BAR_PX))
  }

  #build(): void {
    const say = (text: string): string => this.#translator.say(text)
    const state = html('p')
    const summary = html('div')
    const live = html('div')
    const limit = this.sources.live && uploadLimit(this.sources.live, this.#translator)
    const choice = html('ul')
    const hosts = html('div')
    const totals = html('div')
    const reports = html('div')
    const part = (title: string, content: Node): HTMLElement =>
      html('section', {}, html('h3', {}, say(title)), content)
    const chosen = [part(TEXT.choice, choice), part(TEXT.servers, hosts), part(TEXT.totals, totals)]
    const close = html('button', { type: 'button', 'aria-label': say(TEXT.close) }, '×')
    close.addEventListener('click', () => this.#dialog.close())
    this.#dialog.replaceChildren(
      html('header', {}, html('h2', {}, say(TEXT.title)), close),
      html(
        'div',
        { class: 'mirrorwise-body' },
        summary,
        live,
        state,
        ...(limit ? [limit] : []),
        this.#switches(),
        html(
          'details',
          {},
          html('summary', {}, say(TEXT.more)),
          ...chosen,
          part(TEXT.reports, reports),
        ),
      ),
    )

    const drawState = picture(state, (text: string) => [new Text(say(text))])
    const showSummary = picture(summary, (model: ReturnType<typeof summaryOf> | null) =>
      model ? drawSummary(model, this.#translator) : [],
    )
    const showLive = picture(live, (model: LiveState | null) =>
      model ? drawLive(model, this.#translator) : [],
    )
    const drawChoice = picture(choice, (clauses: Clause[]) =>
      clauses.map((clause) => html('li', {}, this.#translator.clause(clause))),
    )
    const showHosts = picture(hosts, (model: ReturnType<typeof hostList>) =>
      drawHosts(model, this.#translator),
    )
    const showTotals = picture(totals, (model: ReturnType<typeof totalsOf>) =>
      drawTotals(model, this.#translator),
    )
    const showReports = picture(reports, (model: Awaited<ReturnType<typeof previewOf>>) =>
      drawPreview(model, this.#translator),
    )
    this.#refresh = async () => {
      const { planner, isOver } = this.sources
      const history = isOver() ? null : this.sources.history
      const explanation = (await planner?.explain().catch(() => null)) ?? null
      drawState(stateOf(this.sources))
      showSummary(history && summaryOf(history))
      showLive(isOver() ? null : (this.sources.live?.state() ?? null))
      for (const section of chosen) section.hidden = history === null
      if (history) {
        const model = hostList(history, explanation)
        await this.#translator.learn(
          [...history.lastChoice, ...clausesOf(model)].map(([text]) => text),
        )
        drawChoice(history.lastChoice)
        showHosts(model)
        showTotals(totalsOf(history))
      }
      showReports(await previewOf(this.sources))
    }
  }

  #switches(): Node {
    const say = (text: string): string => this.#translator.say(text)
    const status = html('div', { role: 'status' })
    const tell = (texts: string[]): void =>
      status.replaceChildren(...texts.map((text) => html('p', {}, say(text))))
    const forget = html('button', { type: 'button' }, say(TEXT.forget))
    forget.addEventListener('click', () => {
      const really = html('button', { type: 'button' }, say(TEXT.forget))
      const keep = html('button', { type: 'button' }, say(TEXT.keep))
      really.addEventListener('click', () => {
        void forgetAll(this.sources).then(async (texts) => {
          await this.#refresh()
          tell(texts)
          forget.focus()
        })
      })
      keep.addEventListener('click', () => {
        tell([])
        forget.focus()
      })
      status.replaceChildren(html('p', {}, say(TEXT.forgetReally)), html('div', {}, really, keep))
      keep.focus()
    })
    forget.hidden = !this.sources.planner && !this.sources.reporter
    const power = html('button', { type: 'button' })
    const name = (): void => {
      power.textContent = say(this.sources.isOn ? TEXT.turnOff : TEXT.turnOn)
    }
    power.addEventListener('click', () => {
      tell([turned(this.sources)])
      name()
      void this.#refresh()
    })
    name()
    return html('footer', {}, html('div', {}, power, forget), status)
  }
}

function stateOf({
  isOn,
  isOver,
  inControl,
  live,
  history,
  isOriginGone,
  planner,
}: PanelSources): string {
  if (!isOn) return TEXT.off
  if (isOver()) return TEXT.idle
  if (inControl) return TEXT.control
  if (live) return TEXT.live
  if (!history) return TEXT.nothing
  if (isOriginGone()) return TEXT.gone
  if (planner?.state === 'ready') return TEXT.ready
  return planner?.state === 'loading' ? TEXT.loading : TEXT.without
}

/** Deletes beliefs, stored memory and the diary; returns sentences that say what was deleted. */
async function forgetAll(sources: PanelSources): Promise<string[]> {
  const { history, planner, reporter } = sources
  history?.forget()
  const attempt = (forgetting: Promise<void> | undefined, done: string, failed: string) =>
    forgetting?.then(
      () => [done],
      () => [failed],
    ) ?? []
  const told = await Promise.all([
    attempt(planner?.forget(), TEXT.forgotten, TEXT.remembered),
    attempt(reporter?.forget(), TEXT.undiaried, TEXT.diaried),
  ])
  sources.tellOtherTabsToForget()
  return told.flat()
}

/** Stores the viewer's opt-out or opt-in; returns the sentence that says so. */
function turned(sources: PanelSources): string {
  const on = !sources.isOn
  try {
    sources.turn(on)
    sources.isOn = on
    return on ? TEXT.turnedOn : TEXT.turnedOff
  } catch {
    return TEXT.unswitched
  }
}

/** The button's icon: three servers and a viewer. */
function icon(): SVGElement {
  const spot = (cx: number, cy: number): SVGElement => svg('circle', { cx, cy, r: 2 })
  return svg(
    'svg',
    { viewBox: '0 0 24 24', 'aria-hidden': 'true' },
    svg('path', { d: 'M12 19 4 6M12 19V5M12 19 20 6' }),
    ...[spot(4, 5), spot(12, 5), spot(20, 5), spot(12, 19)],
  )
}
