/** How a page about recommendations begins: it loads, asks for the token if it must, and says so. */
import { need } from '../dom.ts'
import { TokenNeeded } from '../report/service/fetching.ts'
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
