/** Export as files. The page makes them, because a link cannot send the admin token. */
import { html, need } from '../dom.ts'

const TYPES = { json: 'application/json', csv: 'text/csv' } as const

type Makers = Partial<Record<keyof typeof TYPES, () => string>>

export function showExports(makers: Makers, name: string): void {
  const kinds = Object.keys(makers) as (keyof typeof TYPES)[]
  need(document, '#exports').replaceChildren(
    ...kinds.map((kind) => {
      const link = html('a', { href: '#', download: `${name}.${kind}` }, `.${kind}`)
      link.addEventListener('click', () => {
        const file = new Blob([makers[kind]?.() ?? ''], { type: TYPES[kind] })
        const href = URL.createObjectURL(file)
        link.setAttribute('href', href)
        setTimeout(() => URL.revokeObjectURL(href))
      })
      return link
    }),
  )
}
