/** A button below a field that checks what is typed there, saved or not. */
import { element } from './sentences.ts'
import type { Helpers } from './status.ts'

interface Check {
  /** The name of the setting below whose field the button stands. */
  below: string
  /** Of the button, and of what is said while it is at work. */
  label: string
  working: string
  check: () => Promise<HTMLElement[]>
}

export async function addCheckButton(
  form: HTMLFormElement,
  { translate }: Helpers,
  { below, label, working, check }: Check,
): Promise<void> {
  const answer = element('ul', { role: 'status' })
  const button = element('button', {
    type: 'button',
    className: 'peertube-button secondary-button',
  })
  button.append(await translate(label))
  const ask = async (): Promise<void> => {
    // One at a time: a slow answer about another address must not replace a later one. The button
    // is not disabled, because it would lose the focus.
    if (button.ariaDisabled === 'true') return
    button.ariaDisabled = 'true'
    answer.replaceChildren(element('li', {}, await translate(working)))
    answer.replaceChildren(...(await check()))
    button.ariaDisabled = 'false'
  }
  button.addEventListener('click', () => void ask())
  const section = element('div', { className: 'mirrorwise-status' }, button, answer)
  form.querySelector(`#${below}-wrapper`)?.append(section)
}
