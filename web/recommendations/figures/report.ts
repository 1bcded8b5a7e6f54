/** Types of the service's `/api/v1/operator/recommendations`; `/openapi.json` describes them. */

/** Figures of one day, a number of days since 1970; all but counts and weights are 0 to 1. */
export interface Figures {
  day: number
  videos: number
  viewers: number
  /** Number of sample lists of ten, from which the next three figures are made. */
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

/** Figures of every day, those of today as they are now. */
export const history = ({ now, days }: RecommendationReport): Figures[] => [
  ...days.filter(({ day }) => day !== now.day),
  now,
]
