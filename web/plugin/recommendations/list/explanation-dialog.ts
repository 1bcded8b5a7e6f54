/** Why a video is in the list: asked of the service when the viewer asks, or known already. */
import { html } from '../../../dom.ts'
import { MOST_WITHOUT } from '../../shared/wishes.ts'
import { button, type Dialog } from '../dialog.ts'
import { hideDismissed } from './links.ts'
import { keep, kept } from '../telling/shelf.ts'
import { TEXT } from '../strings.ts'
import type { Score } from '../private/table.ts'

export interface Reason {
  say: string
  values: Record<string, string | number>
  points: number
}

/** A line about a video, and what it adds if that is known. */
type Line = [text: string, points?: number]

export async function showWhy(
  dialog: Dialog,
  { uuid, name }: { uuid: string; name: string },
  found: Reason[] | Score | null,
): Promise<void> {
  const { words } = dialog
  await words.learn([
    ...Object.values(TEXT),
    ...(Array.isArray(found) ? found.map((each) => each.say) : []),
  ])
  const lines =
    found === null ? [] : Array.isArray(found) ? told(dialog, found) : own(dialog, found)
  const status = html('p', { role: 'status' })
  const dismiss = button(words.say(TEXT.dismiss), () => {
    const isKept = keep({ without: [...new Set([...kept().without, uuid])].slice(-MOST_WITHOUT) })
    status.replaceChildren(words.say(isKept ? TEXT.dismissed : TEXT.notKept))
    hideDismissed()
  })
  dialog.show(
    words.say(TEXT.whyTitle, { name }),
    lines.length > 0
      ? html('ul', {}, ...lines.map((line) => item(dialog, line)))
      : html('p', {}, words.say(TEXT.byPeerTube)),
    ...(Array.isArray(found) ? [total(dialog, found)] : []),
    html('div', { class: 'mirrorwise-buttons' }, dismiss),
    status,
  )
}

function told({ words }: Dialog, reasons: Reason[]): Line[] {
  return reasons.map(({ say, values, points }) => [words.say(say, values), points])
}

function own({ words }: Dialog, { because, popular }: Score): Line[] {
  const lines = [
    ...(because ? [words.say(TEXT.privately, { name: because.name })] : []),
    popular > 0
      ? words.say(TEXT.privatelyPopular, { share: words.share(popular) })
      : words.say(TEXT.privatelyNew),
    words.say(TEXT.onDevice),
  ]
  return lines.map((text) => [text])
}

function item({ words }: Dialog, [text, points]: Line): HTMLElement {
  if (points === undefined) return html('li', {}, text)
  const added = words.say(TEXT.points, { points: words.count(points) })
  return html('li', {}, text, ' ', html('small', {}, added))
}

function total({ words }: Dialog, reasons: Reason[]): HTMLElement {
  const sum = reasons.reduce((all, { points }) => all + points, 0)
  return html('p', {}, words.say(TEXT.total, { points: words.count(sum) }))
}
