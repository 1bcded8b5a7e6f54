/** A small dialog of the page, in the viewer's language. */
import { html } from '../../dom.ts'
import { Words } from '../shared/translation.ts'
import { TEXT } from './strings.ts'

export class Dialog {
  readonly words: Words
  readonly #element = html('dialog', { class: 'mirrorwise-dialog' }) as HTMLDialogElement

  constructor(translate: (text: string) => Promise<string>) {
    this.words = new Words(translate, document.documentElement.lang)
    this.#element.addEventListener('click', (event) => {
      // Everything inside covers it: what hits the dialog itself is beside it.
      if (event.target === this.#element) this.#element.close()
    })
    // Keys that are meant for the dialog must not seek, mute or pause.
    this.#element.addEventListener('keydown', (event) => event.stopPropagation())
    document.body.append(this.#element)
  }

  show(title: string, ...content: Node[]): void {
    const label = this.words.say(TEXT.close)
    const close = html('button', { type: 'button', 'aria-label': label }, '×')
    close.addEventListener('click', () => this.#element.close())
    this.#element.setAttribute('aria-label', title)
    this.#element.replaceChildren(
      html('header', {}, html('h2', {}, title), close),
      html('div', { class: 'mirrorwise-dialog-body' }, ...content),
    )
    if (!this.#element.open) this.#element.showModal()
  }
}

export function button(text: string, press: () => unknown): HTMLElement {
  const made = html('button', { type: 'button' }, text)
  made.addEventListener('click', () => void press())
  return made
}
