/** Starts a page: loads its data, shows the status, and asks for the admin token if needed. */
import { need } from '../dom.ts'
import { TokenNeeded } from '../report/service/api-client.ts'
import { askForToken } from '../report/service/token.ts'

export const say = (words: string): void => need(document, '#status').replaceChildren(words)

export function open(load: () => Promise<void>): void {
  const openLogin = askForToken(begin)
  function begin(): void {
    say('Loading …')
    load().catch((error: unknown) => {
      const locked = error instanceof TokenNeeded
      say(locked ? '' : `${String(error)} Load the page again.`)
      if (locked) openLogin()
    })
  }
  begin()
}
