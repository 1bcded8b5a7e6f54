/** The page on federation: shows what is said and heard, and carries out what the admin wishes. */
import { need } from '../dom.ts'
import { answerOf } from '../report/service/api-client.ts'
import { own, receipts, refused, saying, sources } from './federation/sections.ts'
import type { Done, FederationStatus, Wish } from './federation/status.ts'
import { open, say } from './start-page.ts'

const ADDRESS = '../api/v1/operator/federation'

async function load(): Promise<void> {
  show((await (await answerOf(ADDRESS)).json()) as FederationStatus)
}

function show(now: FederationStatus): void {
  if (now.lacking) {
    say(`Nothing can be said or heard: ${now.lacking}.`)
    return
  }
  put('#saying', saying(now, act))
  put('#own', own(now, act))
  put('#sources', sources(now, act))
  put('#refused', refused(now, act))
  need(document, '#federation').hidden = false
  const heard = now.sources.filter(({ documents }) => documents.length > 0).length
  say(
    `${now.published ? 'Published' : 'Not published'}; ${heard} of ${now.sources.length} instances are heard.`,
  )
}

function act(wish: Wish, question?: string): void {
  if (question !== undefined && !confirm(question)) return
  say('Working …')
  answerOf(ADDRESS, { body: JSON.stringify(wish) })
    .then(async (answer) => {
      const done = (await answer.json()) as Done
      show(done.status)
      if (done.receipts.length > 0) put('#receipts', receipts(done.receipts))
    })
    .catch((error: unknown) => say(`✗ ${error instanceof Error ? error.message : String(error)}`))
}

const put = (place: string, children: HTMLElement[]): void =>
  need(document, place).replaceChildren(...children)

need(document, '#add').addEventListener('submit', (event) => {
  event.preventDefault()
  const input = need(document, '#address') as HTMLInputElement
  act({ do: 'add', address: input.value.trim() })
  input.value = ''
})
open(load)
