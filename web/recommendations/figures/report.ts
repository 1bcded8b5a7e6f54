/** Types of the service's `/api/v1/operator/recommendations`; `/openapi.json` describes them. */

/** Figures of one day, counted from 1970-01-01; all but counts and weights are 0 to 1. */
export interface Figures {
  day: number
  videos: number
  viewers: number
  /** Number of sample lists of ten videos, the base of the next three figures. */
  lists: number
  coverage: number
  diversity: number
  concentration: number
  watched: number
  viewed: number
  weights: Record<string, number>
}

export interface Shift {
  at_s: number
  feature: string
  before: number
  after: number
}

export interface RecommendationReport {
  now: Figures
  days: Figures[]
  shifts: Shift[]
}

/** Figures of every day; today's are the current ones. */
export const history = ({ now, days }: RecommendationReport): Figures[] => [
  ...days.filter(({ day }) => day !== now.day),
  now,
]
