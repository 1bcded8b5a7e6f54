/** The page "For you": more than a side list, with the same reasons and choices. */
import { html } from '../../../dom.ts'
import { settingsOfPage } from '../../shared/page-settings.ts'
import { readSettings } from '../../shared/settings.ts'
import { button, Dialog } from '../dialog.ts'
import { handle } from '../candidates.ts'
import { ownReasons, showExplanation, told } from '../list/explanation-dialog.ts'
import { playedHere } from '../played.ts'
import { stored, type Mode } from '../local-storage.ts'
import { showPreferences } from '../preferences-dialog.ts'
import { fetchWithDecoys, pictureOf, PrivateList } from '../private/private-list.ts'
import { Reranker } from '../reranking.ts'
import { REASONS, TEXT } from '../strings.ts'
import type { Helpers } from '../visit.ts'
import { select, type Ranker, type Selection, type Shown } from './selection.ts'

/** Videos that are shown at once, and with every press of "Show more". */
const STEP = 24

const BY: Record<Ranker, string> = {
  viewer: TEXT.byViewer,
  everybody: TEXT.byEverybody,
  device: TEXT.byDevice,
  newest: TEXT.byNewest,
}

interface PageHelpers extends Helpers {
  getBaseRouterRoute(): string
}

/** Shows the page in `root`. */
export async function showForYou(root: HTMLElement, helpers: PageHelpers): Promise<void> {
  // A worker made of a blob knows no relative addresses.
  const router = new URL(`${helpers.getBaseRouterRoute()}/`, location.href).href
  await new ForYou(root, helpers, router).show()
}

class ForYou {
  readonly #root: HTMLElement
  readonly #helpers: Helpers
  readonly #router: string
  readonly #dialog: Dialog
  readonly #privately: PrivateList

  constructor(root: HTMLElement, helpers: Helpers, router: string) {
    this.#root = html('div')
    root.replaceChildren(this.#root)
    this.#helpers = helpers
    this.#router = router
    this.#dialog = new Dialog((text) => helpers.translate(text), root)
    const reranker = new Reranker(() => helpers.getAuthHeader() ?? {})
    this.#privately = new PrivateList(router, reranker)
  }

  async show(): Promise<void> {
    const { translator } = this.#dialog
    await translator.learn([...Object.values(TEXT), ...REASONS])
    const status = html('p', { role: 'status' }, translator.say(TEXT.loading))
    this.#root.replaceChildren(html('h1', {}, translator.say(TEXT.forYou)), status)
    const mode = await this.#mode()
    const headers = () => this.#helpers.getAuthHeader() ?? {}
    const selection = mode && (await select(mode, this.#router, headers, this.#privately))
    const missing = mode ? TEXT.noAnswer : TEXT.notHere
    status.replaceChildren(translator.say(selection ? BY[selection.by] : missing))
    if (mode && selection) this.#draw(mode, selection)
  }

  /** The viewer's choice, or what is usual here; null where nothing is recommended. */
  async #mode(): Promise<Mode | null> {
    const { settings } = readSettings(await settingsOfPage(this.#helpers))
    if (!settings.enabled || !settings.recommendations) return null
    return stored().mode ?? (settings['watch-events'] ? 'shared' : 'off')
  }

  #draw(mode: Mode, selection: Selection): void {
    const { translator } = this.#dialog
    const hidden = new Set([...stored().without, ...playedHere()])
    const left = selection.videos.filter(({ uuid }) => !hidden.has(uuid))
    const list = html('ul', { class: 'mirrorwise-videos' })
    const more = button(translator.say(TEXT.showMore), () => add())
    const add = (): void => {
      const next = left.splice(0, STEP)
      if (selection.candidates) fetchWithDecoys(next, selection.candidates)
      const items = next.map((video) => this.#item(video, selection))
      list.append(...items)
      more.hidden = left.length === 0
      // A keyboard goes on where the new ones begin.
      if (list.children.length > items.length) items[0]?.querySelector('a')?.focus()
    }
    const choose = button(translator.say(TEXT.open), () =>
      showPreferences(this.#dialog, mode, this.#router),
    )
    // What was chosen in the dialog counts at once.
    const chosen = choice()
    this.#dialog.onClose(() => {
      for (const uuid of stored().without) list.querySelector(`[data-video="${uuid}"]`)?.remove()
      if (choice() !== chosen) void this.show()
    })
    add()
    this.#root.append(html('p', { class: 'mirrorwise-choose' }, choose), list, more)
  }

  #item(video: Shown, selection: Selection): HTMLElement {
    const { translator } = this.#dialog
    const name = video.name ?? video.uuid
    const href = `/w/${video.shortUUID ?? video.uuid}`
    const picture = html('img', { src: pictureOf(video) ?? '', alt: '', loading: 'lazy' })
    const found = selection.why(video.uuid)
    const [reason = ''] = found ? lines(this.#dialog, found) : []
    const why = button(translator.say(TEXT.why), () =>
      showExplanation(this.#dialog, { uuid: video.uuid, name }, found),
    )
    why.className = 'mirrorwise-why'
    why.setAttribute('aria-description', name)
    return html(
      'li',
      { 'data-video': video.uuid },
      html('a', { href, tabindex: -1, 'aria-hidden': 'true' }, picture),
      html('a', { href, class: 'mirrorwise-name' }, name),
      html('small', {}, handle(video.channel)),
      html('small', { class: 'mirrorwise-reason' }, reason),
      why,
    )
  }
}

const choice = (): string => JSON.stringify([stored().mode, stored().surprise, stored().token])

const lines = (dialog: Dialog, found: NonNullable<ReturnType<Selection['why']>>): string[] =>
  (Array.isArray(found) ? told(dialog, found) : ownReasons(dialog, found)).map(([text]) => text)
