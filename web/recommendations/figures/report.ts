/** The service's `/api/v1/operator/recommendations`, as `/openapi.json` describes it. */

/** What is true on one day, counted since 1970; all but the counts and weights are 0 to 1. */
export interface Figures {
  day: number
  videos: number
  viewers: number
  /** How many sample lists of ten the next three speak of. */
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

export interface Told {
  now: Figures
  days: Figures[]
  shifts: Shift[]
}

/** Every day once, the last one as it is now. */
export const history = ({ now, days }: Told): Figures[] => [
  ...days.filter(({ day }) => day !== now.day),
  now,
]
