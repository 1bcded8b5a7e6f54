/** The login form for the admin token. */
import { html, need } from '../../dom.ts'
import { hasToken, keepToken, keepTokenOfLink } from './api-client.ts'

/**
 * Keeps the token of the page’s link, if there is one, prepares the form, and returns a function that opens it. The form's `aria-label` is its heading,
 * `data-opens` the text of its button.
 */
export function askForToken(given: () => void): () => void {
  keepTokenOfLink()
  const form = need(document, '#login') as HTMLFormElement
  form.append(...fields(form.ariaLabel ?? '', form.dataset.opens ?? ''))
  const input = need(form, 'input') as HTMLInputElement
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    keepToken(input.value.trim())
    form.hidden = true
    given()
  })
  return () => {
    need(form, '.refused').hidden = !hasToken()
    form.hidden = false
    input.select()
  }
}

function fields(heading: string, button: string): HTMLElement[] {
  const wrong = [html('b', {}, '✗'), ' This token is not the right one.']
  const input = html('input', { type: 'password', autocomplete: 'off', required: true })
  return [
    html('h2', {}, heading),
    html(
      'p',
      {},
      'The admin token is in the file ',
      html('code', {}, 'admin-token'),
      ' of the service’s state folder, and ',
      html('code', {}, 'mirrorwise report --open'),
      ' prints a link with it. A PeerTube administrator’s session token opens it as well.',
    ),
    html('p', { class: 'refused', role: 'alert', hidden: true }, ...wrong),
    html('label', {}, 'Admin token ', input),
    html('button', {}, button),
    html('p', {}, html('small', {}, 'Kept in this tab, until you close it.')),
  ]
}
