/** A modal dialog, in the viewer's language. */
import { html } from '../../dom.ts'
import { Translator } from '../shared/translation.ts'
import { TEXT } from './strings.ts'

export class Dialog {
  readonly translator: Translator
  readonly #element = html('dialog', { class: 'mirrorwise-dialog' }) as HTMLDialogElement

  constructor(translate: (text: string) => Promise<string>, parent: Element = document.body) {
    this.translator = new Translator(translate, document.documentElement.lang)
    this.#element.addEventListener('click', (event) => {
      // The content covers the dialog, so a click on the dialog element is a click on the backdrop.
      if (event.target === this.#element) this.#element.close()
    })
    // Keys that are meant for the dialog must not seek, mute or pause.
    this.#element.addEventListener('keydown', (event) => event.stopPropagation())
    parent.append(this.#element)
  }

  /** Calls `then` whenever the dialog has been closed; replaces what was called before. */
  onClose(then: () => void): void {
    this.#element.onclose = then
  }

  show(title: string, ...content: Node[]): void {
    const label = this.translator.say(TEXT.close)
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
