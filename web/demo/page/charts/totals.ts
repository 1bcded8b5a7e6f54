/** The running totals under a player. */
import { html } from '../../../dom.ts'
import { rate, seconds } from './number-format.ts'
import type { Summary } from '../metrics/state.ts'

export interface Totals extends Omit<Summary, 'served' | 'bytes' | 'ttfb_p50_s' | 'ttfb_p95_s'> {
  hosts: number
}

export function drawTotals(totals: Totals): Node[] {
  const { startup_s, stalls, stalled_s, errors, bitrate_mbps, hosts } = totals
  return [
    tile('start-up', seconds(startup_s)),
    tile(stalls === 1 ? '1 stall' : `${stalls} stalls`, seconds(stalled_s), stalled_s > 0),
    tile('errors', String(errors), errors > 0),
    tile('Mbit/s shown', rate(bitrate_mbps)),
    tile('hosts used', String(hosts)),
  ]
}

function tile(name: string, value: string, bad = false): HTMLElement {
  return html('div', { class: bad ? 'bad' : null }, html('dt', {}, name), html('dd', {}, value))
}
