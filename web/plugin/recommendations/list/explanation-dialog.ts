/**
 * The dialog that explains why a video is in the list: the service's reasons, or this device's
 * score.
 */
import { html } from '../../../dom.ts'
import { MOST_WITHOUT } from '../../shared/preferences.ts'
import { button, type Dialog } from '../dialog.ts'
import { hideDismissed } from './list-buttons.ts'
import { store, stored } from '../local-storage.ts'
import { TEXT } from '../strings.ts'
import type { Score } from '../private/table.ts'

export interface Reason {
  say: string
  values: Record<string, string | number>
  points: number
}

/** A reason, and the points that it adds to the score, if they are to be shown. */
type Line = [text: string, points?: number]

/** The reasons that are shown at once: what sets this video apart comes first. */
const FIRST = 3

/** Shows the dialog for one video; `found` are its reasons or its score. */
export async function showExplanation(
  dialog: Dialog,
  { uuid, name }: { uuid: string; name: string },
  found: Reason[] | Score | null,
): Promise<void> {
  const { translator } = dialog
  await translator.learn([
    ...Object.values(TEXT),
    ...(Array.isArray(found) ? found.map((each) => each.say) : []),
  ])
  const lines =
    found === null ? [] : Array.isArray(found) ? told(dialog, found) : ownReasons(dialog, found)
  const status = html('p', { role: 'status' })
  const dismiss = button(translator.say(TEXT.dismiss), () => {
    const isStored = store({
      without: [...new Set([...stored().without, uuid])].slice(-MOST_WITHOUT),
    })
    status.replaceChildren(translator.say(isStored ? TEXT.dismissed : TEXT.notKept))
    hideDismissed()
  })
  dialog.show(
    translator.say(TEXT.whyTitle, { name }),
    lines.length > 0
      ? html('ul', {}, ...lines.map((line) => item(dialog, line)))
      : html('p', {}, translator.say(TEXT.byPeerTube)),
    ...(Array.isArray(found) && found.length > 0 ? [sum(dialog, found)] : []),
    html('div', { class: 'mirrorwise-buttons' }, dismiss),
    status,
  )
}

/** The first reasons that speak for the video, each sentence once. */
export function told({ translator }: Dialog, reasons: Reason[]): Line[] {
  const speaking = reasons.filter(({ points }) => points >= 0)
  const texts = speaking.map(({ say, values }) => translator.say(say, values))
  return [...new Set(texts)].slice(0, FIRST).map((text) => [text])
}

/** What this device's score rests on. */
export function ownReasons({ translator }: Dialog, { because, popular }: Score): Line[] {
  const lines = [
    ...(because ? [translator.say(TEXT.privately, { name: because.name })] : []),
    popular > 0
      ? translator.say(TEXT.privatelyPopular, { share: translator.share(popular) })
      : translator.say(TEXT.privatelyNew),
    translator.say(TEXT.onDevice),
  ]
  return lines.map((text) => [text])
}

function item({ translator }: Dialog, [text, points]: Line): HTMLElement {
  if (points === undefined) return html('li', {}, text)
  const added = translator.say(TEXT.points, { points: translator.count(points) })
  return html('li', {}, text, ' ', html('small', {}, added))
}

/** All reasons with their points, which add up to the score. */
function sum(dialog: Dialog, reasons: Reason[]): HTMLElement {
  const { translator } = dialog
  const lines = reasons.map(({ say, values, points }): Line => [
    translator.say(say, values),
    points,
  ])
  const points = translator.count(reasons.reduce((all, each) => all + each.points, 0))
  return html(
    'details',
    {},
    html('summary', {}, translator.say(TEXT.sum)),
    html('ul', {}, ...lines.map((line) => item(dialog, line))),
    html('p', {}, translator.say(TEXT.total, { points })),
  )
}
