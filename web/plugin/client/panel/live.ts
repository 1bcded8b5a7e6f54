/** The panel's part for a live: what came from other viewers, and how much may be sent to them. */
import { html } from '../../../dom.ts'
import type { Translator } from '../../shared/translation.ts'
import type { LiveSegment, LiveState } from '../live/state.ts'
import { TEXT } from './strings.ts'
import { facts } from './totals.ts'

/** What a panel uses of a live. */
export interface LiveSources {
  state(): LiveState
  /** In bit/s; null for no limit. Throws where the browser stores nothing. */
  limitUploads(bitsPerSecond: number | null): void
}

/** Choices of a limit, in Mbit/s; 0 sends nothing. */
const LIMITS_MBPS = [4, 2, 1, 0.5, 0]

/** How each segment came: a letter, what it stands for, and its colour and pattern. */
const SOURCES: Record<LiveSegment['source'], { letter: string; text: string; style: string }> = {
  peer: { letter: 'V', text: TEXT.fromViewers, style: 'mirrorwise-host-0' },
  origin: { letter: 'I', text: TEXT.fromInstance, style: 'mirrorwise-host-1' },
}

export function drawLive(state: LiveState, to: Translator): Node[] {
  const { fromPeers, fromOrigin, uploaded, peers, segments, canUpload } = state
  const all = fromPeers + fromOrigin
  const found = [...new Set(segments.map(({ source }) => source))]
  const share = to.say(TEXT.liveShare, { share: to.share(fromPeers / Math.max(all, 1)) })
  const cells = segments.map(({ source }) =>
    html('li', {}, html('span', { class: SOURCES[source].style }, SOURCES[source].letter)),
  )
  const legend = found.map((source) =>
    html('li', {}, html('b', {}, SOURCES[source].letter), ` ${to.say(SOURCES[source].text)}`),
  )
  const sent: [string, string] = [TEXT.sent, to.megabytes(uploaded)]
  return [
    html('p', { class: 'mirrorwise-summary' }, all > 0 ? share : to.say(TEXT.liveBegins)),
    ...(cells.length > 0 ? [html('ol', { 'aria-label': to.say(TEXT.liveStrip) }, ...cells)] : []),
    html('ul', { class: 'mirrorwise-legend' }, ...legend),
    facts([[TEXT.connected, to.count(peers)], ...(canUpload ? [sent] : [])], to),
    ...(canUpload ? [] : [html('p', { class: 'mirrorwise-note' }, to.say(TEXT.onlyTakes))]),
  ]
}

/** The viewer's choice of an upload limit, which holds at once and on later visits. */
export function uploadLimit(live: LiveSources, to: Translator): HTMLElement {
  const { uploadLimit_bps, canUpload } = live.state()
  const chosen = uploadLimit_bps === null ? null : uploadLimit_bps / 1e6
  const choices = [null, ...LIMITS_MBPS]
  // A limit that an earlier version has stored.
  if (!choices.includes(chosen)) choices.push(chosen)
  const words = (mbps: number | null): string => {
    if (mbps === null) return to.say(TEXT.noLimit)
    return mbps === 0 ? to.say(TEXT.sendNothing) : to.rate(mbps)
  }
  const select = html(
    'select',
    {},
    ...choices.map((mbps) =>
      html('option', { value: mbps === null ? '' : `${mbps}` }, words(mbps)),
    ),
  ) as HTMLSelectElement
  select.value = chosen === null ? '' : `${chosen}`
  select.addEventListener('change', () => {
    live.limitUploads(select.value === '' ? null : Number(select.value) * 1e6)
  })
  const label = html('label', { class: 'mirrorwise-limit' }, `${to.say(TEXT.limit)} `, select)
  label.hidden = !canUpload
  return label
}
