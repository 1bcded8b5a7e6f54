/** The button below the service's settings: asks the service that is typed there, saved or not. */
import { isAllowed, RULES } from '../shared/settings.ts'
import type { ServiceCheck } from '../server/health.ts'
import { element } from './sentences.ts'
import { item, serviceLine, type Helpers } from './status.ts'
import { TEXT } from './strings.ts'

const NAMES = ['service-url', 'service-secret'] as const

/** Adds the button below the secret's field. */
export async function addServiceCheck(form: HTMLFormElement, helpers: Helpers): Promise<void> {
  const { translate } = helpers
  const answer = element('ul', { role: 'status' })
  const button = element('button', {
    type: 'button',
    className: 'peertube-button secondary-button',
  })
  button.append(await translate(TEXT.check))
  const ask = async (): Promise<void> => {
    // One at a time: a slow answer about another address must not replace a later one. The button
    // is not disabled, because it would lose the focus.
    if (button.ariaDisabled === 'true') return
    button.ariaDisabled = 'true'
    answer.replaceChildren(element('li', {}, await translate(TEXT.checking)))
    answer.replaceChildren(await check(form, helpers))
    button.ariaDisabled = 'false'
  }
  button.addEventListener('click', () => void ask())
  const section = element('div', { className: 'mirrorwise-status' }, button, answer)
  form.querySelector('#service-secret-wrapper')?.append(section)
}

async function check(form: HTMLFormElement, helpers: Helpers): Promise<HTMLElement> {
  const { translate } = helpers
  const typed = new Map(
    NAMES.map((name) => [name, form.querySelector<HTMLInputElement>(`#${name}`)?.value ?? '']),
  )
  const wrong = NAMES.find((name) => !isAllowed(name, typed.get(name)))
  if (wrong) return item({ well: false, sentence: RULES[wrong].allowed }, translate)
  try {
    const response = await fetch(`${helpers.getBaseRouterRoute()}/service-check`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...helpers.getAuthHeader() },
      body: JSON.stringify(Object.fromEntries(typed)),
    })
    if (!response.ok) throw new Error(`HTTP status ${response.status}`)
    return await item(serviceLine((await response.json()) as ServiceCheck), translate)
  } catch {
    return item({ well: false, sentence: { text: TEXT.unknown, values: {} } }, translate)
  }
}
