/** Shows advice with a sign and a word, so that nobody has to tell colours apart. */
import { html } from '../../dom.ts'
import type { Advice } from '../sentences/advice.ts'

const SIGNS: Record<Advice['kind'], string> = {
  do: '▶ To do',
  look: '◆ Look',
  keep: '✓ Keep',
  unclear: '○ Nothing to do',
}

export const adviceLine = ({ kind, text }: Advice): HTMLElement =>
  html('p', { class: `advice ${kind}` }, html('b', {}, `${SIGNS[kind]}.`), ` ${text}`)

/** The list "What to do": the advice that asks for an action or for attention, in its order. */
export function toDo(all: Iterable<Advice>, compared: boolean): HTMLElement[] {
  const asking = [...all].filter(({ kind }) => kind === 'do' || kind === 'look')
  if (asking.length > 0) return asking.map(adviceLine)
  const text = compared
    ? 'Nothing, as far as the reports can tell.'
    : 'No host is compared with the origin: choose it above.'
  return [html('p', {}, text)]
}
