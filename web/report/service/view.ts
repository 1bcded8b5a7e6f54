/** Which reports are looked at; the page's own address holds it, so that it can be kept and sent. */

const NAMES = ['since', 'until', 'connection', 'zone'] as const
type Name = (typeof NAMES)[number]

/** The query of the service, and the host to compare with. */
export type View = Partial<Record<Name | 'against', string>>

export function viewOf(fields: Iterable<[string, unknown]>): View {
  const known: readonly string[] = [...NAMES, 'against']
  return Object.fromEntries(
    [...fields].filter(([name, value]) => known.includes(name) && value !== ''),
  )
}

/** What the service is asked; `against` is the page's own. */
export function queryOf(view: View): string {
  const asked = NAMES.flatMap((name) => (view[name] === undefined ? [] : [[name, view[name]]]))
  return new URLSearchParams(asked).toString()
}
