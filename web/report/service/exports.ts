/** Export as files. A link cannot send the admin token, so the page fetches them itself. */
import { html, need } from '../../dom.ts'
import { addressOf, ask, hasToken } from './api-client.ts'
import type { View } from './view.ts'

const KINDS = ['json', 'csv'] as const

export function showExports(view: View, failed: (error: unknown) => void): void {
  need(document, '#exports').replaceChildren(
    ...KINDS.map((kind) => {
      const name = `mirrorwise.${kind}`
      const link = html('a', { href: addressOf(kind, view), download: name }, `.${kind}`)
      link.addEventListener('click', (event) => {
        if (!hasToken()) return
        event.preventDefault()
        save(kind, name, view).catch(failed)
      })
      return link
    }),
  )
}

async function save(kind: (typeof KINDS)[number], name: string, view: View): Promise<void> {
  const href = URL.createObjectURL(await (await ask(kind, view)).blob())
  html('a', { href, download: name }).click()
  URL.revokeObjectURL(href)
}
