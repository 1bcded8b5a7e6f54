/** The view: filters and the host to compare with, as in the page's own query string. */

const NAMES = ['since', 'until', 'connection', 'zone'] as const
type Name = (typeof NAMES)[number]

/** Filters of the service's query, and the host to compare with. */
export type View = Partial<Record<Name | 'against', string>>

export function viewOf(fields: Iterable<[string, unknown]>): View {
  const known: readonly string[] = [...NAMES, 'against']
  return Object.fromEntries(
    [...fields].filter(([name, value]) => known.includes(name) && value !== ''),
  )
}

/** The query string for the service; `against` is the page's own. */
export function queryOf(view: View): string {
  const asked = NAMES.flatMap((name) => (view[name] === undefined ? [] : [[name, view[name]]]))
  return new URLSearchParams(asked).toString()
}
