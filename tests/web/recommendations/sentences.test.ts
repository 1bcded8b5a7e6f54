/** Sentences and graph filters of the pages on recommendations. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answers, leastGini, trend } from '../../../web/recommendations/figures/answers.ts'
import { applyFilter, filterOf } from '../../../web/recommendations/graph/graph-filter.ts'
import { buildGraph } from '../../../web/recommendations/graph/content-graph.ts'
import type { Content, Video } from '../../../web/recommendations/graph/content.ts'
import { shiftSentence } from '../../../web/recommendations/figures/features.ts'
import { nameOf } from '../../../web/recommendations/graph/filter-form.ts'
import { history, type Figures } from '../../../web/recommendations/figures/report.ts'
import { lorenz, topTenth } from '../../../web/recommendations/figures/lorenz.ts'
import { find } from '../../../web/recommendations/graph/search.ts'

const plain = (words: string): string => words.replaceAll('\u00a0', ' ')

const figures = (day: number, changes: Partial<Figures> = {}): Figures => ({
  ...{ day, videos: 4000, viewers: 500, lists: 100, coverage: 0.14, diversity: 0.8 },
  ...{ concentration: 0.9, watched: 0.6, viewed: 0.7, weights: {} },
  ...changes,
})

/** A report of twenty days; the last day is now. */
const course = (change: (day: number) => Partial<Figures>) => {
  const days = Array.from({ length: 20 }, (_, day) => figures(day, change(day)))
  return { now: days[19] ?? figures(19), days: days.slice(0, 19), shifts: [] }
}

const said = (told: Parameters<typeof answers>[0], plays = [900, 100]): string[] =>
  answers(told, plays, [1, 1]).map(({ text }) => plain(text))

describe('the filter bubble', () => {
  test('is described by three signs, and never by a cause', () => {
    const narrowing = course((day) => ({ coverage: 0.5 - day / 100, watched: 0.5 + day / 100 }))
    const [bubble = ''] = said(narrowing)
    assert.match(bubble, /^2 of 3 signs of one\. .*less of the catalogue.*plays gather on fewer/)
    assert.match(bubble, /not why/)
    assert.match(said(course(() => ({})))[0] ?? '', /^No sign of one\./)
  })

  test('waits for enough viewers, days and plays', () => {
    assert.match(said(course(() => ({ viewers: 12 })))[0] ?? '', /^Not enough events yet: 12 of/)
    const { now } = course(() => ({}))
    assert.match(said({ now, days: [], shifts: [] })[0] ?? '', /^Not enough days yet \(1 of 14\)/)
    assert.match(
      said(
        course(() => ({})),
        [3],
      )[4] ?? '',
      /^Not enough events yet: 3 of about 500/,
    )
    const empty = { now: figures(0, { videos: 0 }), days: [], shifts: [] }
    assert.deepEqual(said(empty), ['No public videos are known yet.'])
  })

  test('counts as changed only if all days are beyond all of the first week', () => {
    const week = [1, 2, 3, 4, 5, 6, 7]
    assert.equal(trend([...week, ...week.map((each) => each + 7)]), 'up')
    assert.equal(trend([...week, ...week.map((each) => each - 7)]), 'down')
    assert.equal(trend([...week, ...week.map((each) => each + 6)]), 'unclear')
    assert.equal(trend(week), 'too few')
  })
})

test('coverage and concentration are shown beside the limit for so few lists', () => {
  const [, coverage = '', , concentration = ''] = said(course(() => ({})))
  assert.match(coverage, /hold 14 % of 4,000 public videos, of the 25 % that they have room for\./)
  assert.match(concentration, /is 0\.9; with so few sample lists it could not be below 0\.75/)
  assert.equal(leastGini(figures(0, { videos: 50 })), 0)
})

test('the Lorenz curve ends at 1, and the top tenth is its last tenth', () => {
  assert.deepEqual([lorenz([1, 1])[50], lorenz([1, 1])[100]], [0.5, 1])
  assert.equal(topTenth([...Array<number>(9).fill(1), 11]).toFixed(2), '0.55')
  assert.equal(lorenz([])[100], 0)
})

test('today’s figures appear once', () => {
  const told = { now: figures(3), days: [figures(2), figures(3)], shifts: [] }
  assert.deepEqual(
    history(told).map(({ day }) => day),
    [2, 3],
  )
})

test('a shift is a sentence, even of a feature without words', () => {
  const shift = { at_s: 1_779_000_000, feature: 'tags', before: 0.2, after: 0.1 }
  assert.match(
    shiftSentence(shift),
    /^Since 17 May 2026, people go less by “tags”: .* by 0\.1, before/,
  )
  assert.match(shiftSentence({ ...shift, feature: 'weather' }), /“weather”/)
})

const video = (id: string, changes: Partial<Video> = {}): Video => ({
  ...{ id, name: `Video ${id}`, channel: 0, tags: [0], language: 'en' },
  ...{ nsfw: false, views: 1, plays: 1 },
  ...changes,
})

const content: Content = {
  total: 3,
  videos: [video('a'), video('b', { language: 'fr' }), video('c', { channel: 1, tags: [] })],
  channels: ['one@host.example', 'two@host.example'],
  tags: ['sea'],
  edges: [
    [0, 1, 300],
    [1, 2, 100],
  ],
}

describe('a choice', () => {
  const choose = (query: string) => {
    const graph = buildGraph(content)
    const shown = applyFilter(graph, filterOf(new URLSearchParams(query)))
    return { graph, shown, seen: graph.filterNodes((_, { hidden }) => !hidden) }
  }

  test('shows all when nothing is chosen', () => {
    assert.deepEqual(choose('').shown, { videos: 3, ties: 7 })
  })

  test('hides tags and channels without a shown video', () => {
    const { seen, shown } = choose('language=fr')
    assert.deepEqual(seen, ['channel:one@host.example', 'video:b', 'tag:sea'])
    assert.deepEqual(shown, { videos: 1, ties: 2 })
    assert.deepEqual(choose('channel=two@host.example').shown, { videos: 1, ties: 1 })
    assert.deepEqual(choose('tag=nobody').seen, [])
  })

  test('hides weak edges, and whole kinds', () => {
    assert.equal(choose('least=0.2').shown.ties, 6)
    assert.deepEqual(choose('kind=video&least=0.2').shown, { videos: 3, ties: 1 })
    assert.deepEqual(choose('kind=magic&least=x').shown, { videos: 3, ties: 7 })
  })

  test('decides what can be found', () => {
    assert.deepEqual(find(choose('').graph, 'VIDEO b'), ['video:b'])
    assert.deepEqual(find(choose('language=en').graph, 'video b'), [])
    assert.deepEqual(find(choose('').graph, ' '), [])
  })
})

test('a language is named, whatever its code', () => {
  assert.deepEqual(['fr', 'none', 'not a code'].map(nameOf), ['French', 'not known', 'not a code'])
})
