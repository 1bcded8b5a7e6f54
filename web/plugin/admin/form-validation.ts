/** Validates PeerTube's settings form before it is sent, with an error message at each field. */
import { isAllowed, NAMES, RULES, type Name } from '../shared/settings.ts'
import { element, say, type Translate } from './sentences.ts'

type Field = HTMLInputElement | HTMLTextAreaElement

/** Validates all fields on submit, before PeerTube does; the first invalid one gets the focus. */
export function guardForm(form: HTMLFormElement, translate: Translate): void {
  // In the order of the page, so that the first that is refused gets the focus.
  const all = form.querySelectorAll<Field>('input:not([type=checkbox]), textarea')
  const fields = [...all].flatMap((field) => {
    const name = NAMES.find((one) => one === field.id)
    return name ? [{ name, field }] : []
  })
  for (const { name, field } of fields) {
    field.addEventListener('input', () => {
      if (isAllowed(name, field.value)) accept(field)
    })
  }
  const listener = (event: Event): void => {
    if (!form.isConnected) document.removeEventListener('submit', listener, true)
    if (event.target !== form) return
    const refused = fields.filter(({ name, field }) => !isAllowed(name, field.value))
    if (refused.length === 0) return
    // In the capture phase, so that Angular does not get the event.
    event.preventDefault()
    event.stopImmediatePropagation()
    for (const { name, field } of refused) void refuse(name, field, translate)
    refused[0]?.field.focus()
  }
  document.addEventListener('submit', listener, true)
}

const messageId = (field: Field) => `${field.id}-refused`

async function refuse(name: Name, field: Field, translate: Translate): Promise<void> {
  const text = await say(translate, RULES[name].allowed)
  accept(field)
  const id = messageId(field)
  field.setAttribute('aria-invalid', 'true')
  field.setAttribute('aria-describedby', id)
  field.after(element('p', { id, className: 'form-error', role: 'alert' }, text))
}

function accept(field: Field): void {
  field.removeAttribute('aria-invalid')
  field.removeAttribute('aria-describedby')
  document.getElementById(messageId(field))?.remove()
}
