/** The parts of the page on federation: what is said, who is heard, who is not. */
import { html } from '../../dom.ts'
import type { FederationStatus, HeardDocument, Said, Source, Wish } from './status.ts'

/** Carries a wish out; with a question, only if the administrator says yes to it. */
export type Act = (wish: Wish, question?: string) => void

export function saying(now: FederationStatus, act: Act): HTMLElement[] {
  const newest = now.own[0]
  const isLooked = newest?.week === now.next_week && newest.text !== ''
  const state = now.published
    ? '✓ Published: everybody can read the documents below, and each week is added two days after its end.'
    : '○ Not published: nobody else can read anything.'
  const look = button('Look at what would be published', () => act({ do: 'preview' }))
  const publish = button('Publish it', () =>
    act({ do: 'publish', sha256: newest?.sha256 ?? '' }, 'Publish the newest document below?'),
  )
  const stop = button('Publish nothing more', () => act({ do: 'stop' }))
  return [
    html('p', {}, state),
    html(
      'p',
      {},
      `Others know this instance as ${now.instance || 'nobody: set MIRRORWISE_FEDERATION_INSTANCE'}, by the key `,
      html('code', {}, now.key),
      `. A week costs each viewer ε = ${now.epsilon}.`,
    ),
    html('p', { class: 'wishes' }, ...(now.published ? [stop] : isLooked ? [publish] : [look])),
  ]
}

export function own(now: FederationStatus, act: Act): HTMLElement[] {
  if (now.own.length === 0) return [html('p', { class: 'few' }, 'Nothing has been said yet.')]
  return now.own.map((said) => {
    const isCurrent = !said.replaced && !said.withdrawn
    const withdraw = button(`Withdraw ${weekOf(said)}`, () =>
      act({ do: 'withdraw', week: said.week }, `Withdraw what is said about ${weekOf(said)}?`),
    )
    return card(
      `Document ${said.number}, ${weekOf(said)}: ${stateOf(said)}`,
      html('p', {}, `ε spent on this week: ${said.spent}.`),
      ...shown(said),
      ...(isCurrent ? [html('p', { class: 'wishes' }, withdraw)] : []),
    )
  })
}

export function sources(now: FederationStatus, act: Act): HTMLElement[] {
  if (now.sources.length === 0) return [html('p', { class: 'few' }, 'Nobody is heard.')]
  const ask = button('Ask all of them now', () => act({ do: 'pull' }))
  const all = button('Take back everything', () =>
    act({ do: 'take-back' }, 'Take back everything that was heard of anybody?'),
  )
  return [
    html('p', { class: 'wishes' }, ask, all),
    ...now.sources.map((source) => sourceCard(source, act)),
  ]
}

export function refused(now: FederationStatus, act: Act): HTMLElement[] {
  const rows = [
    ...now.refused.map((origin) =>
      html(
        'li',
        {},
        `${origin}: refused, whoever names it. `,
        button(`Refuse ${origin} no more`, () => act({ do: 'remove', address: origin })),
      ),
    ),
    ...now.taken_back.map((what) =>
      html('li', {}, `${what}: taken back. Add the address to hear it again.`),
    ),
  ]
  return rows.length > 0 ? [html('ul', {}, ...rows)] : [html('p', {}, 'Nobody is refused.')]
}

export const receipts = (given: object[]): HTMLElement[] =>
  given.map((receipt) =>
    html(
      'details',
      { open: true },
      html('summary', {}, 'Signed receipt'),
      exact(JSON.stringify(receipt, null, 1)),
    ),
  )

function sourceCard(source: Source, act: Act): HTMLElement {
  const { address } = source
  const buttons = [
    button(`Take back all of ${source.instance}`, () =>
      act(
        { do: 'take-back', address: source.instance },
        `Take back all that ${source.instance} said?`,
      ),
    ),
    button(`Refuse ${source.instance}`, () =>
      act(
        { do: 'refuse', address: source.instance },
        `Refuse ${source.instance} and take back all of it?`,
      ),
    ),
    ...(source.named_by === 'admin'
      ? [
          button(`Remove ${address}`, () =>
            act({ do: 'remove', address }, `Remove ${address} and take back all of it?`),
          ),
        ]
      : []),
  ]
  return card(
    source.instance,
    html(
      'p',
      {},
      NAMED[source.named_by],
      address === source.instance ? '' : ` Heard at ${address}.`,
    ),
    ...(source.key ? [html('p', {}, 'Its key: ', html('code', {}, source.key))] : []),
    html('p', { class: source.refused && 'refused' }, answerOf(source)),
    html('p', {}, gainOf(source)),
    ...source.documents.map((said) =>
      html(
        'details',
        {},
        html('summary', {}, `${weekOf(said)}, document ${said.number}`),
        ...shown(said),
        html(
          'p',
          { class: 'wishes' },
          button(`Take back ${weekOf(said)} of ${source.instance}`, () =>
            act({ do: 'take-back', address: source.instance, week: said.week }),
          ),
        ),
      ),
    ),
    html('p', { class: 'wishes' }, ...buttons),
  )
}

const NAMED = {
  admin: 'You have added it.',
  followed: 'Your PeerTube follows it.',
  directory: 'The directory lists it.',
}

function answerOf({ refused, asked_at }: Source): string {
  if (refused) return `✗ Refused: ${refused}. What was heard before stays.`
  return asked_at
    ? `✓ Asked at ${asked_at.slice(0, 16).replace('T', ' ')} UTC; all was well.`
    : '○ Not asked yet.'
}

function gainOf({ trust }: Source): string {
  if (!trust) return 'It has said nothing that counts here.'
  const [gain, low, high] = [trust.gain, trust.low, trust.high].map((each) =>
    (1000 * each).toFixed(2),
  )
  const earned = trust.influence > 0 ? `${Math.round(100 * trust.influence)} %` : 'none'
  return `Gain: ${gain} (${low} to ${high}). Influence: ${earned}.`
}

const weekOf = ({ first_day, last_day }: { first_day: string; last_day: string }) =>
  `${first_day} to ${last_day}`

function stateOf(said: Said): string {
  if (said.replaced) return 'replaced by a later one'
  return said.withdrawn ? 'withdrawn' : 'says something'
}

/** A document in words, and to the byte. */
function shown({ words, text }: HeardDocument | Said): HTMLElement[] {
  if (text === '') return []
  return [
    html('ul', {}, ...words.map((line) => html('li', {}, line))),
    html(
      'details',
      {},
      html('summary', {}, `The exact ${new Blob([text]).size} bytes`),
      exact(text),
    ),
  ]
}

// Focusable, because it scrolls.
const exact = (text: string) => html('pre', { class: 'exact', tabindex: 0 }, text)

const card = (heading: string, ...children: HTMLElement[]) =>
  html('article', { class: 'card' }, html('h3', {}, heading), ...children)

function button(text: string, press: () => void): HTMLElement {
  const made = html('button', { type: 'button' }, text)
  made.addEventListener('click', press)
  return made
}
