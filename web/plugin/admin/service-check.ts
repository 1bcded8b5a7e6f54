/** The button below the service's settings: asks the service that is typed there, saved or not. */
import { addCheckButton } from './check-button.ts'
import { isAllowed, RULES } from '../shared/settings.ts'
import type { ServiceCheck } from '../server/health.ts'
import { item, serviceLine, type Helpers } from './status.ts'
import { TEXT } from './strings.ts'

const NAMES = ['service-url', 'service-secret'] as const

/** Adds the button below the secret's field. */
export const addServiceCheck = (form: HTMLFormElement, helpers: Helpers): Promise<void> =>
  addCheckButton(form, helpers, {
    below: 'service-secret',
    label: TEXT.check,
    working: TEXT.checking,
    check: async () => [await check(form, helpers)],
  })

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
