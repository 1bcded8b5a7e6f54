/** Strings in every language, the engagement bit, and randomised response as in Python. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { ROOT } from '../../../../web/build/layout.ts'
import { REASONS, TEXT } from '../../../../web/plugin/recommendations/strings.ts'
import { scores } from '../../../../web/plugin/recommendations/private/table.ts'
import { respond } from '../../../../web/plugin/recommendations/watch-events/reporting.ts'
import { engagement } from '../../../../web/plugin/recommendations/watch-events/engagement.ts'
import { EPSILON } from '../../../../web/plugin/shared/watch-event.ts'
import { parsePreferences, formatPreferences } from '../../../../web/plugin/shared/preferences.ts'

function python(program: string): unknown {
  const said = execFileSync(`${ROOT}.venv/bin/python`, ['-c', program], { cwd: ROOT })
  return JSON.parse(said.toString())
}

describe('what is said', () => {
  test('has a translation for every reason that the service gives', () => {
    const given = python(`
import json
from reco.scoring import explanation as e
print(json.dumps([e.TOGETHER, e.OTHERS, e.LABEL, e.OTHER_LABELS, e.CHANCE, e.IN_YOUR_LANGUAGE, e.OTHER_AGAINST, *e.PUBLISHED.values(), *e.SENTENCES.values(), *e.AGAINST.values()]))`)
    assert.deepEqual([...REASONS].sort(), (given as string[]).sort())
  })

  for (const language of ['fr', 'de', 'es']) {
    test(`is all translated, and nothing else, in ${language}`, () => {
      const room = `${ROOT}web/plugin/languages/recommendations.${language}.json`
      const keys = Object.keys(JSON.parse(readFileSync(room, 'utf8')) as object)
      assert.deepEqual(keys.sort(), [...Object.values(TEXT), ...REASONS].sort())
    })
  }
})

describe('a play', () => {
  const cases: [watched_s: number, duration_s: number, thumb: 'up' | 'down' | null, unknown][] = [
    [9, 600, null, null],
    [10, 600, null, false],
    [300, 600, null, true],
    [5, 8, null, true],
    [600, 7200, null, true],
    [60, Infinity, null, false],
    [1, 600, 'up', true],
    [600, 600, 'down', false],
  ]
  for (const [watched_s, duration_s, thumb, said] of cases) {
    test(`of ${watched_s} s of ${duration_s} s, thumb ${thumb}, says ${String(said)}`, () => {
      assert.equal(engagement({ watched_s, duration_s, thumb }), said)
    })
  }
})

test('randomised response turns the truth as Python’s does', () => {
  const steps = Array.from({ length: 101 }, (_, i) => Math.min(i / 100, 0.9999))
  const turned = python(`
import json
from selector.telemetry.noise import respond
steps = json.loads('${JSON.stringify(steps)}')
print(json.dumps([[respond(truth, 2, ${EPSILON}, u) for u in steps] for truth in (0, 1)]))`)
  assert.deepEqual(
    [false, true].map((truth) => steps.map((uniform) => respond(truth, uniform))),
    turned,
  )
})

test('valid preferences arrive unchanged, and invalid ones do not arrive', () => {
  const uuid = '0a0a0a0a-0000-4000-8000-000000000001'
  const preferences = { viewer: 'v'.repeat(32), surprise: 0.25, without: [uuid] }
  assert.deepEqual(parsePreferences(formatPreferences(preferences)), preferences)
  assert.deepEqual(parsePreferences('viewer=root&surprise=2&without=a,b&count=9'), {})
  assert.deepEqual(parsePreferences(['viewer=x']), {})
})

test('a list made on the device begins with the nearest neighbours of watched videos', () => {
  const [a, b, c] = ['a', 'b', 'c']
  const table = { videos: [a, b, c], popular: [0, 0, 1000], near: [[1, 900, 2, 10], [0, 900], []] }
  const nothing = scores(table, [])
  assert.ok((nothing.get('c')?.points ?? 0) > (nothing.get('b')?.points ?? 0))
  const watched = { video: 'a', name: 'A', liked: true }
  const known = scores(table, [watched])
  assert.ok((known.get('b')?.points ?? 0) > (known.get('c')?.points ?? 0))
  assert.equal(known.get('b')?.because, watched)
})
