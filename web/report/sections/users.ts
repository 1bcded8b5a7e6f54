/** The section on who uses a host: our viewers by region and connection, other instances. */
import { html } from '../../dom.ts'
import { told } from '../sentences/figures.ts'
import { isEstimate, type Figure, type HostUse, type Shared } from '../service/report.ts'
import { CONNECTIONS, sharedSentence, ZONES } from '../sentences/sentences.ts'

/** The section of one host; the other instances are filled in later, by `showShared`. */
export const whoUses = (
  { host, zones, connections }: HostUse,
  origin: string | null,
): HTMLElement =>
  html(
    'div',
    { class: 'users' },
    html('h4', {}, 'Who uses it'),
    html(
      'ul',
      {},
      html('li', {}, `Your viewers, by region: ${parts(zones, ZONES)}.`),
      html('li', {}, `By connection: ${parts(connections, CONNECTIONS)}.`),
      ...(host === origin
        ? []
        : [html('li', { 'data-mirror': host }, 'Asking it for whom else …')]),
    ),
  )

export function showShared(place: ParentNode, shared: Shared[] | null): void {
  const said = new Map(shared?.map(({ host, others }) => [host, others]))
  for (const line of place.querySelectorAll<HTMLElement>('[data-mirror]')) {
    const others = said.get(line.dataset['mirror'] ?? '')
    line.textContent =
      others === undefined ? 'For whom else could not be asked.' : sharedSentence(others)
  }
}

const HARDLY = 0.02

/** Shares as text, the largest first, without those below `HARDLY`. */
function parts(figures: Figure[], names: string[]): string {
  const estimates = figures.flatMap((figure, index) =>
    isEstimate(figure) ? [{ figure, name: names[index] ?? '' }] : [],
  )
  if (estimates.length === 0) return figures[0] ? told('share', figures[0]) : 'not known'
  return estimates
    .filter(({ figure }) => figure.value >= HARDLY)
    .sort((a, b) => b.figure.value - a.figure.value)
    .map(({ figure, name }) => `${told('share', figure)} ${name}`)
    .join('; ')
}
