/** The conditions under which viewers meet. */
import type { Setup } from './watching.ts'

/** Three streams' worth; the second is less than one. */
const UPLINK_KBPS = 300
const BAD_UPLINK_KBPS = 30
const SCARCE_COPIES = 2.5

export function scenarios(viewers: number, live_s: number): Record<string, Setup> {
  const rich: Setup = {
    segment_s: 4,
    viewers,
    copies: null,
    uplink_kBps: () => UPLINK_KBPS,
    hasPlugin: () => true,
    churn: false,
    live_s,
  }
  return {
    rich,
    scarce: { ...rich, copies: SCARCE_COPIES },
    'bad uplink': { ...rich, uplink_kBps: (i) => (i === 0 ? BAD_UPLINK_KBPS : UPLINK_KBPS) },
    'half without': { ...rich, hasPlugin: (i) => i % 2 === 0 },
    churn: { ...rich, churn: true },
    '2 s segments': { ...rich, segment_s: 2 },
    '2 s scarce': { ...rich, segment_s: 2, copies: SCARCE_COPIES },
  }
}
