/** Failures of the viewer's own link are nobody's; failures of a host are the host's. */
import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { LinkWatch } from '../../../../../../web/plugin/client/courier/http/link-watch.ts'
import type { Outcome } from '../../../../../../web/plugin/messages.ts'

const outcome = (host: string, change: Partial<Outcome> = {}): Outcome => ({
  plan: 0,
  host,
  now_s: 1000,
  kind: 'http-error',
  status: null,
  ttfb_s: null,
  total_s: 0.1,
  bytes: 0,
  cold: false,
  overlapped: false,
  ...change,
})

function watching(): { link: LinkWatch; said: string[] } {
  const said: string[] = []
  const say = (verb: string) => (heard: Outcome) => void said.push(`${verb} ${heard.host}`)
  return { link: new LinkWatch({ observe: say('observed'), discard: say('discarded') }), said }
}

const FAILURES: Partial<Outcome>[] = [
  {},
  { kind: 'timeout' },
  { kind: 'stall', status: 206, ttfb_s: 0.1 },
]

for (const failure of FAILURES) {
  const name = failure.kind ?? 'no connection'
  test(`${name} of one host is the host’s when another answers in the next moment`, () => {
    const { link, said } = watching()
    link.observe(outcome('a', failure), true)
    assert.deepEqual(said, [])
    link.heard('b')
    assert.deepEqual(said, ['observed a'])
  })

  test(`${name} of all hosts is nobody’s, whichever answers first`, () => {
    for (const first of ['a', 'b', 'c']) {
      const { link, said } = watching()
      for (const host of ['a', 'b', 'c', 'a', 'b', 'c']) link.observe(outcome(host, failure), true)
      link.heard(first)
      assert.ok(said.length === 6 && said.every((each) => each.startsWith('discarded')))
    }
  })

  test(`${name} is nobody’s when the next answer comes much later`, () => {
    const now = mock.method(performance, 'now', () => 0)
    try {
      const { link, said } = watching()
      link.observe(outcome('a', failure), true)
      now.mock.mockImplementation(() => 15_000)
      link.heard('b')
      assert.deepEqual(said, ['discarded a'])
    } finally {
      mock.reset()
    }
  })
}

test('an answer with an error is the host’s at once', () => {
  for (const status of [429, 500, 503]) {
    const { link, said } = watching()
    link.observe(outcome('a', { status, ttfb_s: 0.1 }), true)
    assert.deepEqual(said, ['observed a'])
  }
})

test('failures while the browser says that it is offline are nobody’s', (t) => {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
  Object.defineProperty(globalThis, 'navigator', { value: { onLine: false }, configurable: true })
  t.after(() => {
    if (before) Object.defineProperty(globalThis, 'navigator', before)
    else Reflect.deleteProperty(globalThis, 'navigator')
  })
  const { link, said } = watching()
  link.observe(outcome('a'), true)
  link.heard('b')
  assert.deepEqual(said, ['discarded a'])
})

test('what is held back stays bounded', () => {
  const { link, said } = watching()
  for (let i = 0; i < 1000; i++) link.observe(outcome(`h${i}`), true)
  assert.ok(said.length > 900)
})
