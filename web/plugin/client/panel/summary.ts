/** The panel's first lines: how many servers take turns, and who brought the last minute. */
import { html } from '../../../dom.ts'
import type { Host } from '../../messages.ts'
import { nameOf, type Translator } from '../../shared/translation.ts'
import type { History } from './history.ts'
import { TEXT } from './strings.ts'

export interface Summary {
  avoided: number
  /** Those that have brought anything of this video; their places are their letters. */
  hosts: Host[]
  /** For each segment of the last minute, oldest first, the share of each of `hosts`. */
  strip: number[][]
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'

export function summaryOf(history: History): Summary {
  const hosts = [...history.hosts].flatMap(([host, { served }]) => (served > 0 ? [host] : []))
  const strip = history.lastMinute().map((shares) => hosts.map((host) => shares.get(host) ?? 0))
  return { avoided: history.stallsAvoided, hosts, strip }
}

export function drawSummary({ avoided, hosts, strip }: Summary, to: Translator): Node[] {
  if (hosts.length === 0) return []
  const turns = to.say(hosts.length === 1 ? TEXT.oneServer : TEXT.manyServers, {
    count: hosts.length,
  })
  const stalls = avoided === 0 ? '' : ` ${to.say(TEXT.stallsAvoided, { count: avoided })}`
  const cells = strip.map((shares) => html('li', {}, ...segment(shares)))
  const names = hosts.map((host, at) =>
    html('li', {}, html('b', {}, letter(at)), ` ${nameOf(host)}`),
  )
  return [
    html('p', { class: 'mirrorwise-summary' }, `${turns}${stalls}`),
    ...(strip.length > 0 ? [html('ol', { 'aria-label': to.say(TEXT.strip) }, ...cells)] : []),
    html('ul', { class: 'mirrorwise-legend' }, ...names),
  ]
}

/** The hosts of a segment, the largest share first. */
function segment(shares: number[]): Node[] {
  const parts = shares.map((share, at) => ({ share, at })).filter(({ share }) => share > 0)
  return parts
    .sort((a, b) => b.share - a.share)
    .map(({ share, at }) => {
      const part = html('span', { class: `mirrorwise-host-${at % 6}` }, letter(at))
      part.style.flexGrow = String(share)
      return part
    })
}

const letter = (at: number): string => LETTERS[at % LETTERS.length] ?? ''
