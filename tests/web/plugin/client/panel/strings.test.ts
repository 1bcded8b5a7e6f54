/** The panel's texts, in every language. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { ROOT } from '../../../../../web/build/layout.ts'
import { Fallback } from '../../../../../web/plugin/client/planner/fallback.ts'
import { TEXT } from '../../../../../web/plugin/client/panel/strings.ts'
import { Translator } from '../../../../../web/plugin/shared/translation.ts'
import type { Outcome, PlanRequest } from '../../../../../web/plugin/messages.ts'
import { engineSentences } from './server.ts'

const read = (lang: string): Record<string, string> =>
  JSON.parse(readFileSync(`${ROOT}web/plugin/languages/panel.${lang}.json`, 'utf8')) as never

const places = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(String).sort()

/** The fallback's explanations in each of its situations. */
async function fallbackSentences(): Promise<string[]> {
  const fallback = new Fallback({})
  const hosts = ['https://a.example', 'https://b.example']
  const request: PlanRequest = {
    ...{ now_s: 0, hosts, bytes: 1e6, segment_s: 4, buffer_s: 20, segments_left: null },
    ...{ starting: false, attempt: 0 },
  }
  const say = async (): Promise<string> => (await fallback.plan(request)).why[0]?.[0] ?? ''
  const observe = (host: number, outcome: Partial<Outcome>): void =>
    fallback.observe({ host: hosts[host], total_s: 3, now_s: 0, ...outcome } as Outcome)
  const said = [await say(), await say()]
  observe(0, { kind: 'timeout', ttfb_s: null })
  said.push(await say())
  fallback.prefer(hosts)
  said.push(await say())
  observe(0, { kind: 'ok', ttfb_s: 1, bytes: 1e6 })
  observe(1, { kind: 'ok', ttfb_s: 1, bytes: 3e6 })
  return [...said, await say()]
}

for (const lang of ['fr', 'de', 'es']) {
  describe(`in ${lang}`, () => {
    const translated = read(lang)

    test('all texts are translated, and no others', async () => {
      const said = [...Object.values(TEXT), ...engineSentences(), ...(await fallbackSentences())]
      assert.equal(new Set(await fallbackSentences()).size, 5)
      assert.deepEqual(Object.keys(translated).sort(), [...new Set(said)].sort())
    })

    test('every translation has the placeholders of its text', () => {
      for (const [text, translation] of Object.entries(translated)) {
        assert.deepEqual(places(translation), places(text), text)
        assert.ok(translation.trim().length > 0, text)
      }
    })
  })
}

describe('words', () => {
  const inFrench = new Translator((text) => Promise.resolve(read('fr')[text] ?? text), 'fr')

  test('put values and write numbers as the language does', async () => {
    await inFrench.learn([TEXT.between, TEXT.mbps])
    assert.equal(
      inFrench.say(TEXT.between, { low: inFrench.rate(1.25), high: inFrench.rate(1234.5) }),
      '1,3 Mbit/s à 1\u202f235 Mbit/s',
    )
    assert.deepEqual(
      [inFrench.latencies(0.0121, 0.301), inFrench.latencies(0.3, 1.25), inFrench.latencies(2, 3)],
      ['12 à 301\u202fms', '300\u202fms à 1,3\u202fs', '2 à 3\u202fs'],
    )
    assert.equal(
      inFrench.clause(['{host}: {share}', { host: 'https://a.example:81', share: 0.254 }]),
      'a.example:81: 0,25',
    )
  })

  test('survive a missing translation, a missing value and a failing helper', async () => {
    const broken = new Translator(() => Promise.reject(new Error('offline')), 'not a language')
    await broken.learn([TEXT.title])
    assert.equal(broken.say(TEXT.title), TEXT.title)
    assert.equal(broken.say('{a} {b}', { a: '{b}' }), '{b} {b}')
  })

  test('never treat a value as a text', () => {
    assert.equal(inFrench.say('{a}', { a: '{toString} <b>' }), '{toString} <b>')
    assert.equal(inFrench.say('{toString}'), '{toString}')
  })
})
