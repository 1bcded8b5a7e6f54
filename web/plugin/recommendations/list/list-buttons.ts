/**
 * Adds buttons to PeerTube's list "Other videos": "Why this?" below each video, and the preferences
 * beside the title. Hides videos that the viewer has dismissed.
 */
import { html } from '../../../dom.ts'
import { readUuid } from '../../shared/short-uuid.ts'
import { button } from '../dialog.ts'
import { stored } from '../local-storage.ts'

const LIST = 'my-recommended-videos'

interface Actions {
  labels: { why: string; open: string; forYou: string }
  why: (video: { uuid: string; name: string }) => unknown
  open: () => unknown
}

/** Adds the buttons now, and again whenever PeerTube has redrawn the list. */
export function addButtons(actions: Actions): void {
  const list = document.querySelector(LIST)
  if (!list) return
  observers.get(list)?.disconnect()
  const observer = new MutationObserver(() => draw(list, actions))
  observers.set(list, observer)
  observer.observe(list, { childList: true, subtree: true })
  draw(list, actions)
}

const observers = new WeakMap<Element, MutationObserver>()

function draw(list: Element, actions: Actions): void {
  const title = list.querySelector('.title-page-container')
  if (title && !title.querySelector('.mirrorwise-open')) {
    title
      .querySelector('h2')
      ?.after(
        made('mirrorwise-open', actions.labels.open, actions.open),
        html(
          'a',
          { class: 'mirrorwise-open', href: '/p/mirrorwise/for-you' },
          actions.labels.forYou,
        ),
      )
  }
  for (const item of shownItems()) {
    const video = videoOf(item)
    const place = item.querySelector('.video-info') ?? item
    const known = place.querySelector<HTMLElement>('.mirrorwise-why')
    if (!video || known?.dataset['video'] === video.uuid) continue
    known?.remove()
    const why = made('mirrorwise-why', actions.labels.why, () => actions.why(video))
    why.dataset['video'] = video.uuid
    // For screen readers: all these buttons have the same text.
    why.setAttribute('aria-description', video.name)
    place.append(why)
  }
  hideDismissed()
}

/** Hides dismissed videos at once, not only in the next list. */
export function hideDismissed(): void {
  const { without } = stored()
  for (const item of shownItems()) {
    const isDismissed = without.includes(videoOf(item)?.uuid ?? '')
    item.classList.toggle('mirrorwise-dismissed', isDismissed)
  }
}

export const shownItems = (): Element[] => [
  ...document.querySelectorAll(`${LIST} my-video-miniature`),
]

export const watchLink = (item: Element): HTMLAnchorElement | null =>
  [...item.querySelectorAll('a')].find((link) => uuidOf(link) !== null) ?? null

export const titleOf = (item: Element): string =>
  item.querySelector('.video-name, .video-miniature-name')?.textContent.trim() ?? ''

function videoOf(item: Element): { uuid: string; name: string } | null {
  const link = watchLink(item)
  const uuid = link && uuidOf(link)
  return uuid ? { uuid, name: titleOf(item) || link.textContent.trim() || uuid } : null
}

function uuidOf({ pathname }: HTMLAnchorElement): string | null {
  const name = /^\/(?:w|videos\/watch)\/([\w-]+)$/.exec(pathname)?.[1]
  return name === undefined ? null : readUuid(name)
}

function made(name: string, text: string, press: () => unknown): HTMLElement {
  const element = button(text, press)
  element.className = name
  return element
}
