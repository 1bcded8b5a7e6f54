/** Answers in sentences: filter bubble, coverage, diversity, concentration, plays and views. */
import { count, digits, NBSP } from '../../report/sentences/figures.ts'
import { history, type Figures, type RecommendationReport } from './report.ts'
import { topTenth } from './lorenz.ts'

export interface Answer {
  question: string
  /** `open` when there are not enough events for an answer. */
  text: string
  open: boolean
}

/** With fewer viewers, recommendations do no better than popularity (benchmarks/recommendation). */
export const FEW_VIEWERS = 100
export const FEW_PLAYS = 500
const WEEK = 7
const LIST = 10

export type Trend = 'up' | 'down' | 'unclear' | 'too few'

/**
 * Permutation test for a trend: the last seven days are all above, or all below, the first seven.
 * Without a change this happens by chance in 1 of 1,716 cases.
 */
export function trend(values: number[]): Trend {
  if (values.length < 2 * WEEK) return 'too few'
  const [first, last] = [values.slice(0, WEEK), values.slice(-WEEK)]
  if (Math.min(...last) > Math.max(...first)) return 'up'
  return Math.max(...last) < Math.min(...first) ? 'down' : 'unclear'
}

/** All answers; `plays` and `views` have a number for each video. */
export function answers(told: RecommendationReport, plays: number[], views: number[]): Answer[] {
  const { now } = told
  const known = history(told).filter(({ viewers }) => viewers >= FEW_VIEWERS)
  if (now.videos === 0) {
    return [answer('What is recommended?', 'No public videos are known yet.', true)]
  }
  return [
    bubble(now, known),
    coverage(now),
    diversity(now),
    concentration(now),
    watched(now, known, plays),
    viewed(now, views),
  ]
}

const answer = (question: string, text: string, open = false): Answer => ({ question, text, open })

const percent = (share: number): string => `${digits(100 * share)}${NBSP}%`

type Sign = 'coverage' | 'diversity' | 'watched'

/** Signs of a filter bubble; `bad` is the direction of a narrowing one. */
const SIGNS: Record<Sign, { bad: Trend; up: string; down: string; unclear: string }> = {
  coverage: {
    bad: 'down',
    up: 'more of the catalogue is recommended',
    down: 'less of the catalogue is recommended',
    unclear: 'how much of the catalogue is recommended has not clearly changed',
  },
  diversity: {
    bad: 'down',
    up: 'lists are more varied',
    down: 'lists are less varied',
    unclear: 'how varied lists are has not clearly changed',
  },
  watched: {
    bad: 'up',
    up: 'plays gather on fewer videos',
    down: 'plays spread over more videos',
    unclear: 'on how many videos plays gather has not clearly changed',
  },
}

function bubble(now: Figures, known: Figures[]): Answer {
  const question = 'Is there a filter bubble?'
  if (now.viewers < FEW_VIEWERS) return answer(question, tooFew(now), true)
  if (known.length < 2 * WEEK) {
    const text = `Not enough days yet (${known.length} of ${2 * WEEK}): two weeks are compared.`
    return answer(question, text, true)
  }
  const names = Object.keys(SIGNS) as Sign[]
  const turns = names.map((name) => ({ ...SIGNS[name], turn: turnOf(known, name) }))
  const bad = turns.filter(({ bad, turn }) => turn === bad).length
  const changes = turns.map((each) => each[each.turn]).join('; ')
  return answer(
    question,
    `${bad === 0 ? 'No sign of one' : `${bad} of 3 signs of one`}. In the last seven days, against the first seven: ${changes}. This says what has changed, not why: everybody is given recommendations, so there is nobody to compare with.`,
  )
}

/** The trend of a figure; `unclear` with less than two weeks of days. */
function turnOf(known: Figures[], name: Sign): 'up' | 'down' | 'unclear' {
  const turn = trend(known.map((each) => each[name]))
  return turn === 'too few' ? 'unclear' : turn
}

const tooFew = ({ viewers }: Figures): string =>
  `Not enough events yet: ${count(viewers)} of about ${FEW_VIEWERS} viewers.`

function coverage({ videos, lists, coverage }: Figures): Answer {
  const most = (lists * LIST) / videos
  const room = most < 1 ? `of the ${percent(most)} that they have room for` : 'with room for all'
  return answer(
    'How much of the catalogue is recommended?',
    `${count(lists)} sample lists of ten hold ${percent(coverage)} of ${count(videos)} public videos, ${room}.`,
  )
}

const diversity = ({ diversity }: Figures): Answer =>
  answer(
    'How varied is one list?',
    `Two videos of one list are ${percent(diversity)} unlike, by tags, category and language (0: the same, 100: nothing in common).`,
  )

/** Lower bound of the Gini coefficient, as `lists` have places for `lists * LIST` videos only. */
export const leastGini = ({ videos, lists }: Figures): number =>
  Math.max(0, 1 - (lists * LIST) / videos)

function concentration(now: Figures): Answer {
  const least = leastGini(now)
  const bound = least > 0 ? `; with so few sample lists it could not be below ${digits(least)}` : ''
  return answer(
    'Are few videos recommended again and again?',
    `The Gini coefficient of the lists is ${digits(now.concentration)}${bound} (0: all videos as often, 1: one alone).`,
  )
}

function watched(now: Figures, known: Figures[], plays: number[]): Answer {
  const question = 'Do plays here gather on few videos?'
  const sum = plays.reduce((whole, each) => whole + each, 0)
  if (now.viewers < FEW_VIEWERS || sum < FEW_PLAYS) {
    const text = `Not enough events yet: ${count(Math.round(sum))} of about ${FEW_PLAYS} plays.`
    return answer(question, now.viewers < FEW_VIEWERS ? tooFew(now) : text, true)
  }
  const course = {
    up: 'It has risen since the first week.',
    down: 'It has fallen since the first week.',
    unclear: 'It has not clearly changed since the first week.',
    'too few': 'Two weeks are needed to tell its course.',
  }[trend(known.map(({ watched }) => watched))]
  return answer(
    question,
    `The most watched tenth of the videos had ${percent(topTenth(plays))} of the plays lately; the Gini coefficient is ${digits(now.watched)}. ${course}`,
  )
}

function viewed(now: Figures, views: number[]): Answer {
  const question = 'And all views that PeerTube has counted?'
  if (views.every((each) => each === 0)) return answer(question, 'No views yet.', true)
  return answer(
    question,
    `The most viewed tenth has ${percent(topTenth(views))} of the views; the Gini coefficient is ${digits(now.viewed)}.`,
  )
}
