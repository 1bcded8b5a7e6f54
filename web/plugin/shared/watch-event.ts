/** The format of a watch event; the service validates it in `instance/web/endpoints/events.py`. */

/** One viewer watched one public video. */
export interface Event {
  viewer: string
  video: string
  /** In UTC, by the device's clock. */
  day: string
  /** Whether the viewer liked it, after randomised response. */
  engaged: 0 | 1
}

/** ε of the coin for `engaged`: no loss from 1,000 viewers on (docs/recommender.md). */
export const EPSILON = 2

/** Most events per request: the events of one day, and the unsent events of the day before. */
export const MOST_EVENTS = 10
