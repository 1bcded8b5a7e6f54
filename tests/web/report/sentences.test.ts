/** Sentences and advice of the report page. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { advise, tail, type Advice } from '../../../web/report/sentences/advice.ts'
import { told } from '../../../web/report/sentences/figures.ts'
import { hostAdvice, turns } from '../../../web/report/sentences/host-advice.ts'
import type {
  Alarm,
  Comparison,
  Estimate,
  Figure,
  HostQuality,
  QualityReport,
} from '../../../web/report/service/report.ts'
import { queryOf, viewOf } from '../../../web/report/service/view.ts'
import {
  alarmSentence,
  gainSentence,
  priorSentence,
  sharedSentence,
} from '../../../web/report/sentences/sentences.ts'

const figure = (value: number, low: number, high: number | null): Estimate => {
  return { value, low, high, answers: 1000 }
}
const few: Figure = { answers: 150, needed: 338 }
const plain = (words: string): string => words.replaceAll('\u00a0', ' ')

describe('a figure', () => {
  test('is never told without its interval, in the same unit', () => {
    assert.equal(plain(told('ttfb', figure(0.098, 0.05, 0.2))), '98 ms (50–200)')
    assert.equal(plain(told('ttfb', figure(1.2, 0.8, 1.6))), '1.2 s (0.8–1.6)')
    assert.equal(plain(told('rate', figure(11_484_432, 8e6, 16e6))), '11 Mbit/s (8–16)')
    assert.equal(plain(told('share', figure(0.064, 0.041, 0.087))), '6.4 % (4.1–8.7)')
  })

  test('has an open interval where the scale ends', () => {
    assert.equal(plain(told('ttfb', figure(1.9, 0.8, null))), '1.9 s (0.8 or more)')
    assert.equal(plain(told('rate', figure(0.7e6, 0, 1e6))), '0.7 Mbit/s (1 or less)')
    assert.equal(plain(told('share', figure(0, 0, 0.02))), '0 % (0–2)')
  })

  test('is replaced by the number of reports when there are too few', () => {
    assert.equal(told('share', few), 'not enough reports yet (150 of about 338)')
  })
})

describe('the gain', () => {
  const gain = (
    question: Comparison['question'],
    verdict: Comparison['verdict'],
    change: Figure,
  ): string => plain(gainSentence({ question, verdict, change, learned: 7000, control: 400 }))

  test('is said with its interval, small end first', () => {
    assert.equal(
      gain('ttfb', 'less', figure(-0.41, -0.48, -0.33)),
      'Viewers with Mirrorwise wait 41 % less for the first byte (95 % interval 33–48 %).',
    )
    assert.equal(
      gain('rate', 'less', figure(-0.1, -0.15, -0.05)),
      'Viewers with Mirrorwise get a 10 % lower rate (95 % interval 5–15 %).',
    )
  })

  test('is not claimed when the interval holds zero, or there is none', () => {
    const open = gain('ttfb', 'cannot tell', figure(-0.009, -0.058, 0.039))
    assert.match(open, /cannot be told yet: the 95 % interval .* from −5.8 to \+3.9 %\.$/)
    assert.match(gain('ttfb', 'cannot tell', few), /not enough reports yet \(150 of about 338\)/)
  })
})

const SCALES = {
  ttfb_s: [0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6],
  rate_bps: [1e6, 2e6, 4e6, 8e6, 16e6, 32e6, 64e6],
}

const buckets = (lows: number[]): Figure[] => lows.map((low) => figure(low + 0.02, low, low + 0.04))

/** The figures of an ordinary host, with `changes`. */
function host(name: string, changes: Partial<HostQuality> = {}): HostQuality {
  return {
    host: `https://${name}.example`,
    reports: 3000,
    share: figure(0.2, 0.19, 0.21),
    ttfb_p50: figure(0.15, 0.1, 0.2),
    ttfb_p95: figure(0.5, 0.4, 0.8),
    rate_p50: figure(6e6, 4e6, 8e6),
    rate_p5: figure(2e6, 1e6, 4e6),
    error_rate: figure(0.03, 0.02, 0.04),
    missing_rate: figure(0, 0, 0.01),
    ttfb_histogram: buckets([0, 0, 0.1, 0.6, 0.1, 0, 0, 0]),
    rate_histogram: buckets([0, 0, 0.1, 0.6, 0.1, 0, 0, 0]),
    ...changes,
  }
}

const origin = host('origin')
const slow: Partial<HostQuality> = {
  ttfb_p50: figure(0.5, 0.2, 0.8),
  ttfb_histogram: buckets([0, 0, 0, 0.05, 0.4, 0.3, 0.14, 0]),
}
const about = (changes: Partial<HostQuality>): Advice => {
  const { kind, text } = advise({ mirror: host('b', changes), origin, scales: SCALES })
  return { kind, text: plain(text) }
}

describe('advice on a mirror', () => {
  test('is to consider removing it when it is slower beyond doubt, with how many notice', () => {
    const { kind, text } = about(slow)
    assert.equal(kind, 'do')
    assert.match(
      text,
      /^b\.example is slower than the origin: at least 8 of 10 of its viewers wait more than 200 ms/,
    )
    assert.match(text, /Consider removing it; it serves 20 % \(19–21\) of fetches\.$/)
  })

  test('never claims more viewers than the intervals of the buckets support', () => {
    const { text } = about({ ...slow, ttfb_histogram: buckets([0, 0, 0, 0, 0.3, 0.1, 0, 0]) })
    assert.match(text, /more than half of its viewers wait more than 200 ms/)
    const histogram = buckets([0.3, 0.2, 0.1, 0, 0, 0, 0, 0])
    assert.equal(tail(histogram, SCALES.rate_bps, 4e6 - 1e-6, 'below').toFixed(2), '0.60')
    assert.equal(tail(histogram, SCALES.rate_bps, 2e6, 'above').toFixed(2), '0.10')
  })

  test('is given for a low rate too, but not for errors, which do not compare', () => {
    assert.match(about({ rate_p50: figure(1.3e6, 1e6, 2e6) }).text, /get less than 4 Mbit\/s/)
    assert.equal(about({ error_rate: figure(0.1, 0.05, 0.15) }).kind, 'unclear')
  })

  test('is none when intervals overlap, or reports are too few', () => {
    assert.deepEqual(about({ ttfb_p50: figure(0.3, 0.1, 0.8) }), {
      kind: 'unclear',
      text: 'It cannot be told from the origin: their intervals overlap.',
    })
    const unknown = about({ ttfb_p50: few, rate_p50: few })
    assert.match(unknown.text, /^Not enough reports yet/)
    assert.equal(about({ ttfb_p50: figure(2, 0.8, null) }).kind, 'do')
    const open = { ...origin, ttfb_p50: figure(1, 0.4, null) }
    assert.equal(advise({ mirror: host('b', slow), origin: open, scales: SCALES }).kind, 'unclear')
  })

  test('is to keep a better mirror, and to leave a mixed case to the players', () => {
    const fast = { rate_p50: figure(17e6, 16e6, 32e6) }
    assert.deepEqual(about(fast), {
      kind: 'keep',
      text: 'It serves its viewers better than the origin: rate.',
    })
    assert.match(about({ ...fast, ...slow }).text, /better than the origin: rate; worse: time/i)
    assert.equal(about({ ...fast, ...slow }).kind, 'unclear')
  })
})

const alarm: Alarm = {
  host: 'https://b.example',
  question: 'ttfb',
  day: '2026-05-14',
  before: figure(0.09, 0.08, 0.1),
  after: figure(0.5, 0.4, 0.6),
  worse: true,
}

const report = (
  hosts: HostQuality[],
  alarms: Alarm[],
  since14th: HostQuality[] = [],
): QualityReport => {
  return {
    choice: { since: '2026-05-01', until: '2026-05-31' },
    ...{ origin: origin.host, reports: 6000, epsilons: [2], scales: SCALES },
    ...{ hosts, alarms, uses: [], days: [], gains: [], not_compared: {}, prior: [] },
    ...{ periods: [], turns: [{ since: '2026-05-14', until: '2026-05-31', hosts: since14th }] },
  }
}

describe('a mirror with an alarm', () => {
  const whole = host('b')
  const judged = (now: HostQuality, then: HostQuality, alarms = [alarm]): Advice =>
    hostAdvice(whole, { report: report([whole, origin], alarms, [now, then]), origin })

  test('is judged by its reports since then', () => {
    const { kind, text } = judged(host('b', slow), origin)
    assert.equal(kind, 'do')
    assert.match(text, /^Since 14 May 2026, b\.example is slower than the origin/)
  })

  test('is worth a look when it is no worse than the origin', () => {
    const { kind, text } = judged(whole, origin)
    assert.equal(kind, 'look')
    assert.match(
      plain(text),
      /time to first byte before 90 ms \(80–100\), after 500 ms \(400–600\)/,
    )
  })

  test('is compared with the whole time of an origin with few reports, if that is steady', () => {
    const scarce = host('origin', { ttfb_p50: few, rate_p50: few })
    assert.equal(judged(host('b', slow), scarce).kind, 'do')
    const both = [alarm, { ...alarm, host: origin.host }]
    assert.equal(judged(host('b', slow), scarce, both).kind, 'look')
  })

  test('that got better is not blamed', () => {
    const better = { ...alarm, worse: false }
    assert.equal(turns(report([], [better])).size, 0)
    assert.equal(turns(report([], [{ ...better, day: '2026-05-20' }, alarm])).size, 0)
    assert.match(alarmSentence(better), /^Since 14 May 2026, b\.example serves better/)
  })
})

test('without another host to compare with, only an alarm is told', () => {
  const evidence = { report: report([origin], []), origin }
  assert.equal(hostAdvice(origin, evidence).kind, 'unclear')
  assert.match(hostAdvice(origin, { ...evidence, origin: null }).text, /^Choose above/)
  const alarmed = report([origin], [{ ...alarm, host: origin.host }])
  assert.equal(hostAdvice(origin, { ...evidence, report: alarmed }).kind, 'look')
})

test('the prior says which way is served and by how much, with an interval', () => {
  const way = { question: 'rate', served: 'contextual', gain: 0.1, gain_sd: 0.02 } as const
  assert.match(priorSentence(way), /depends on their region .*\+0\.061 to \+0\.14/)
  assert.match(priorSentence({ ...way, gain: null, gain_sd: null }), /not enough days yet/)
})

test('a view keeps its own parameters, and sends the service only those it knows', () => {
  const view = viewOf(new URLSearchParams('zone=4&connection=&against=none&else=1'))
  assert.deepEqual(view, { zone: '4', against: 'none' })
  assert.equal(queryOf(view), 'zone=4')
})

describe('with whom a mirror is shared', () => {
  test('is said as the mirror says it, and not guessed', () => {
    assert.match(sharedSentence(null), /does not say/)
    assert.match(sharedSentence([]), /lists no other instance/)
    assert.match(sharedSentence(['a.example']), /copies videos of a\.example too/)
    assert.match(sharedSentence(['a', 'b', 'c']), /of a, b and c too/)
  })
})
