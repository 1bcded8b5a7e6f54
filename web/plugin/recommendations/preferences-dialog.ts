/** The dialog of a viewer's preferences: privacy mode, wish for surprise, new token, deletion. */
import { html } from '../../dom.ts'
import { button, type Dialog } from './dialog.ts'
import { store, stored, type Mode } from './local-storage.ts'
import { TEXT } from './strings.ts'
import { forget, resetToken } from './watch-events/reporting.ts'

const MODES: { mode: Mode; name: string; means: string }[] = [
  { mode: 'shared', name: TEXT.shared, means: TEXT.sharedMeans },
  { mode: 'private', name: TEXT.private, means: TEXT.privateMeans },
  { mode: 'off', name: TEXT.off, means: TEXT.offMeans },
]

export async function showPreferences(dialog: Dialog, mode: Mode, router: string): Promise<void> {
  const { translator } = dialog
  await translator.learn(Object.values(TEXT))
  const { token } = stored()
  const status = html('p', { role: 'status' })
  const tell = (text: string): void => status.replaceChildren(translator.say(text))
  dialog.show(
    translator.say(TEXT.title),
    modes(dialog, mode, tell),
    html('p', { class: 'mirrorwise-note' }, translator.say(TEXT.engaged)),
    dial(dialog, tell),
    html(
      'div',
      { class: 'mirrorwise-buttons' },
      button(translator.say(TEXT.reset), () => tell(resetToken() ? TEXT.resetDone : TEXT.notKept)),
      button(translator.say(TEXT.forget), async () =>
        status.replaceChildren(...outcome(dialog, await forget(router))),
      ),
    ),
    status,
    ...(mode === 'shared' && token
      ? [html('p', { class: 'mirrorwise-note' }, translator.say(TEXT.name, { token }))]
      : []),
  )
}

function outcome({ translator }: Dialog, receipt: Awaited<ReturnType<typeof forget>>) {
  if (receipt === null) return [translator.say(TEXT.notForgotten)]
  if (receipt === 'unknown') return [translator.say(TEXT.forgottenHere)]
  const file = new Blob([JSON.stringify(receipt, null, 2)], { type: 'application/json' })
  const href = URL.createObjectURL(file)
  const link = { href, download: 'mirrorwise-receipt.json' }
  return [
    translator.say(TEXT.forgotten, { plays: receipt.plays }),
    ' ',
    html('a', link, translator.say(TEXT.receipt)),
  ]
}

function modes({ translator }: Dialog, chosen: Mode, tell: (text: string) => void): HTMLElement {
  const rows = MODES.map(({ mode, name, means }) => {
    const input = html('input', {
      ...{ type: 'radio', name: 'mirrorwise-mode', value: mode, checked: mode === chosen },
    })
    // The history of private mode is deleted when another mode is chosen, and events that wait
    // are dropped when nobody is to learn of them any more.
    const change = {
      mode,
      ...(mode === 'private' ? {} : { watched: [] }),
      ...(mode === 'shared' ? {} : { unsent: [] }),
    }
    input.addEventListener('change', () => {
      if (!store(change)) tell(TEXT.notKept)
    })
    return html(
      'label',
      {},
      input,
      html('span', {}, html('b', {}, translator.say(name)), ' ', translator.say(means)),
    )
  })
  return html('fieldset', {}, html('legend', {}, translator.say(TEXT.who)), ...rows)
}

function dial({ translator }: Dialog, tell: (text: string) => void): HTMLElement {
  const input = html('input', {
    ...{ type: 'range', min: 0, max: 1, step: 0.25, value: stored().surprise },
    'aria-label': translator.say(TEXT.dial),
  }) as HTMLInputElement
  input.addEventListener('change', () => {
    if (!store({ surprise: input.valueAsNumber })) tell(TEXT.notKept)
  })
  return html(
    'fieldset',
    {},
    html('legend', {}, translator.say(TEXT.dial)),
    html(
      'div',
      { class: 'mirrorwise-dial' },
      html('span', {}, translator.say(TEXT.more)),
      input,
      html('span', {}, translator.say(TEXT.surprise)),
    ),
  )
}
