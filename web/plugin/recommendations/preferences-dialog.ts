/** Where a viewer chooses who may know, and how much surprise there is to be. */
import { html } from '../../dom.ts'
import { button, type Dialog } from './dialog.ts'
import { keep, kept, type Mode } from './telling/shelf.ts'
import { TEXT } from './strings.ts'
import { forget, reset } from './telling/telling.ts'

const MODES: { mode: Mode; name: string; means: string }[] = [
  { mode: 'shared', name: TEXT.shared, means: TEXT.sharedMeans },
  { mode: 'private', name: TEXT.private, means: TEXT.privateMeans },
  { mode: 'off', name: TEXT.off, means: TEXT.offMeans },
]

export async function showChoices(dialog: Dialog, mode: Mode, router: string): Promise<void> {
  const { words } = dialog
  await words.learn(Object.values(TEXT))
  const { token } = kept()
  const status = html('p', { role: 'status' })
  const tell = (text: string): void => status.replaceChildren(words.say(text))
  dialog.show(
    words.say(TEXT.title),
    modes(dialog, mode, tell),
    html('p', { class: 'mirrorwise-note' }, words.say(TEXT.engaged)),
    dial(dialog, tell),
    html(
      'div',
      { class: 'mirrorwise-buttons' },
      button(words.say(TEXT.reset), () => tell(reset() ? TEXT.resetDone : TEXT.notKept)),
      button(words.say(TEXT.forget), async () =>
        status.replaceChildren(...outcome(dialog, await forget(router))),
      ),
    ),
    status,
    ...(mode === 'shared' && token
      ? [html('p', { class: 'mirrorwise-note' }, words.say(TEXT.name, { token }))]
      : []),
  )
}

function outcome({ words }: Dialog, receipt: Awaited<ReturnType<typeof forget>>) {
  if (receipt === null) return [words.say(TEXT.notForgotten)]
  if (receipt === 'unknown') return [words.say(TEXT.forgottenHere)]
  const file = new Blob([JSON.stringify(receipt, null, 2)], { type: 'application/json' })
  const href = URL.createObjectURL(file)
  const link = { href, download: 'mirrorwise-receipt.json' }
  return [
    words.say(TEXT.forgotten, { plays: receipt.plays }),
    ' ',
    html('a', link, words.say(TEXT.receipt)),
  ]
}

function modes({ words }: Dialog, chosen: Mode, tell: (text: string) => void): HTMLElement {
  const rows = MODES.map(({ mode, name, means }) => {
    const input = html('input', {
      ...{ type: 'radio', name: 'mirrorwise-mode', value: mode, checked: mode === chosen },
    })
    // What private mode remembers is for private mode alone.
    const change = mode === 'private' ? { mode } : { mode, watched: [] }
    input.addEventListener('change', () => {
      if (!keep(change)) tell(TEXT.notKept)
    })
    return html(
      'label',
      {},
      input,
      html('span', {}, html('b', {}, words.say(name)), ' ', words.say(means)),
    )
  })
  return html('fieldset', {}, html('legend', {}, words.say(TEXT.who)), ...rows)
}

function dial({ words }: Dialog, tell: (text: string) => void): HTMLElement {
  const input = html('input', {
    ...{ type: 'range', min: 0, max: 1, step: 0.25, value: kept().surprise },
    'aria-label': words.say(TEXT.dial),
  }) as HTMLInputElement
  input.addEventListener('change', () => {
    if (!keep({ surprise: input.valueAsNumber })) tell(TEXT.notKept)
  })
  return html(
    'fieldset',
    {},
    html('legend', {}, words.say(TEXT.dial)),
    html(
      'div',
      { class: 'mirrorwise-dial' },
      html('span', {}, words.say(TEXT.more)),
      input,
      html('span', {}, words.say(TEXT.surprise)),
    ),
  )
}
