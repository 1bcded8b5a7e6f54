/** Asks for the admin token when the service wants one. */
import { need } from '../demo/page/dom.ts'
import { hasToken, keepToken } from './fetching.ts'

export function askForToken(given: () => void): () => void {
  const form = need(document, '#login') as HTMLFormElement
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
