/** Means of several visits, as columns of a table: first frame, stalled, bitrate, errors. */
import type { Summary } from '../../web/demo/page/metrics/state.ts'

const mean = (visits: Summary[], of: (visit: Summary) => number): string =>
  (visits.reduce((sum, visit) => sum + of(visit), 0) / visits.length).toFixed(2)

/** A visit without a first frame counts as one that waited for `patience_s`. */
export const meansOf = (visits: Summary[], patience_s = NaN): string[] => [
  mean(visits, ({ startup_s }) => startup_s ?? patience_s),
  mean(visits, ({ stalled_s }) => stalled_s),
  mean(visits, ({ bitrate_mbps }) => bitrate_mbps ?? 0),
  mean(visits, ({ errors }) => errors),
]
