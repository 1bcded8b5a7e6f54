/** Failures of the viewer's own link are nobody's; failures of a host are the host's. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import {
  LinkWatch,
  type EndedFetch,
} from '../../../../../../web/plugin/client/courier/http/link-watch.ts'
import type { Outcome } from '../../../../../../web/plugin/messages.ts'

let now_ms: number
let link: LinkWatch
let observed: string[]
let observedOutcomes: Outcome[]
let discarded: string[]

beforeEach(() => {
  now_ms = 100_000
  mock.method(performance, 'now', () => now_ms)
  observed = []
  observedOutcomes = []
  discarded = []
  link = new LinkWatch({
    observe: (outcome) => {
      observed.push(outcome.host)
      observedOutcomes.push(outcome)
    },
    discard: ({ host }) => void discarded.push(host),
  })
})
afterEach(() => mock.reset())

interface Change extends Partial<Outcome>, Partial<Omit<EndedFetch, 'outcome'>> {
  /** The host has been silent for so long. */
  silent_s?: number
}

/** A fetch of the host that ends now. */
function ends(host: string, change: Change = {}): void {
  const { silent_s = 0.02, began_ms = now_ms - silent_s * 1000, ...others } = change
  const { slept = false, isOnlyHost = false, ...outcome } = others
  link.observe({
    outcome: {
      plan: 0,
      host,
      now_s: 1000,
      kind: 'http-error',
      status: null,
      ttfb_s: null,
      total_s: (now_ms - began_ms) / 1000,
      bytes: 0,
      cold: false,
      overlapped: false,
      ...outcome,
    },
    isPublic: true,
    began_ms,
    heard_ms: now_ms - silent_s * 1000,
    slept,
    isOnlyHost,
  })
}

const ok: Change = { kind: 'ok', status: 206, ttfb_s: 0.1, bytes: 1e6 }

/** The host answers a request that was sent now, after `ttfb_s`. */
function answers(host: string, ttfb_s = 0.2): void {
  const began_ms = now_ms
  now_ms += ttfb_s * 1000
  link.answered(host, began_ms, now_ms)
}

function wait(s: number): void {
  now_ms += s * 1000
}

const FAILURES: Change[] = [
  { kind: 'http-error' },
  { kind: 'timeout', silent_s: 3 },
  { kind: 'stall', status: 206, ttfb_s: 0.1, silent_s: 2 },
]

for (const failure of FAILURES) {
  const name = failure.kind === 'http-error' ? 'no connection' : (failure.kind ?? '')

  test(`${name} of one host is the host’s when another answers`, () => {
    ends('a', failure)
    assert.ok(link.isSuspect('a') && !link.isSuspect('b'))
    assert.deepEqual(observed, [])
    answers('b')
    assert.deepEqual(observed, ['a'])
    assert.ok(!link.isSuspect('a'))
  })

  test(`${name} of all hosts is nobody’s, whichever answers first`, () => {
    for (const first of ['a', 'b', 'c']) {
      for (const host of ['a', 'b', 'c', 'a', 'b', 'c']) {
        ends(host, failure)
        wait(0.5)
      }
      answers(first)
      wait(5)
    }
    assert.deepEqual([observed.length, discarded.length], [0, 18])
  })

  test(`${name} of the only host is the host’s at once`, () => {
    ends('a', { ...failure, isOnlyHost: true })
    assert.deepEqual(observed, ['a'])
  })

  test(`${name} is nobody’s after the page slept`, () => {
    ends('a', { ...failure, slept: true })
    answers('b')
    assert.deepEqual([observed, discarded], [[], ['a']])
  })
}

test('two hosts that refuse while a third answers at once are to blame', () => {
  ends('a')
  ends('b')
  answers('c')
  assert.deepEqual(observed, ['a', 'b'])
})

test('hosts that are silent together are forgiven once, and not while they stay silent', () => {
  const silent: Change = { kind: 'timeout', silent_s: 3 }
  for (const blamed of [[], ['a', 'b'], ['a', 'b', 'a', 'b']]) {
    ends('a', silent)
    ends('b', silent)
    answers('c')
    assert.deepEqual(observed, blamed)
    wait(5)
  }
  // Once they have answered, they are forgiven again.
  answers('a')
  answers('b')
  wait(5)
  ends('a', silent)
  ends('b', silent)
  answers('c')
  assert.equal(observed.length, 4)
})

test('a host that is silent while another answers is to blame at once', () => {
  wait(2)
  answers('b')
  ends('a', { kind: 'timeout', silent_s: 3 })
  assert.deepEqual(observed, ['a'])
})

test('what had been asked for before the failure shows nothing', () => {
  const began_ms = now_ms
  wait(1)
  ends('a')
  wait(0.01)
  link.answered('b', began_ms, now_ms)
  ends('b')
  wait(5)
  answers('a')
  assert.deepEqual([observed, discarded], [[], ['a', 'b']])
})

test('a body that has long been silent is no answer of this moment', () => {
  const asked_ms = now_ms - 500
  // The body of a fails silent, and is left for another host's after 1.5 s.
  wait(1.5)
  link.answered('a', asked_ms, now_ms - 1500)
  ends('a', { kind: 'switched', status: 206, ttfb_s: 0.1, bytes: 1e6, began_ms: asked_ms })
  wait(0.5)
  ends('b', { kind: 'stall', status: 206, ttfb_s: 0.1, silent_s: 2 })
  wait(0.6)
  ends('c', { kind: 'timeout', silent_s: 3 })
  assert.deepEqual(observed, ['a'])
  wait(3)
  answers('b')
  assert.deepEqual([observed, discarded], [['a'], ['b', 'c']])
})

test('a browser that always says that it is offline learns of answers all the same', (t) => {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
  t.after(() => {
    if (before) Object.defineProperty(globalThis, 'navigator', before)
    else Reflect.deleteProperty(globalThis, 'navigator')
  })
  say(false)
  wait(1)
  ends('a', { ...ok, began_ms: now_ms - 500 })
  ends('b', { status: 503, ttfb_s: 0.1 })
  assert.deepEqual(observed, ['a', 'b'])
})

test('an answer with an error is the host’s at once, whenever it was asked for', () => {
  link.wasDown()
  ends('b', { kind: 'corrupt', status: 206, ttfb_s: 0.1, began_ms: now_ms - 500 })
  assert.deepEqual(observed, ['b'])
})

test('what was held back for long is told as of this moment', () => {
  ends('a')
  wait(60)
  answers('b')
  const [told] = observedOutcomes
  assert.ok(told && told.now_s > Date.now() / 1000 - 30)
})

test('an answer with an error is the host’s at once', () => {
  for (const status of [429, 500, 503]) ends('a', { status, ttfb_s: 0.1 })
  ends('b', { kind: 'missing', status: 404, ttfb_s: 0.1 })
  ends('b', { kind: 'corrupt', status: 206, ttfb_s: 0.1 })
  assert.deepEqual(observed, ['a', 'a', 'a', 'b', 'b'])
})

test('neither TTFB nor rate of a fetch is learned that went on through an outage of the link', () => {
  const before_ms = now_ms
  wait(1)
  for (const host of ['a', 'b']) ends(host)
  wait(5)
  answers('a')
  ends('a', { ...ok, began_ms: before_ms })
  ends('c', { kind: 'switched', status: 206, ttfb_s: 0.1, bytes: 1e6, began_ms: before_ms })
  assert.deepEqual(observed, [])
  wait(1)
  ends('a', { ...ok, began_ms: now_ms - 500 })
  assert.deepEqual(observed, ['a'])
})

test('an aborted fetch without an answer shares the fate of the failures around it', () => {
  ends('a', { kind: 'aborted', silent_s: 2 })
  assert.deepEqual(observed, ['a'])
  for (const host of ['a', 'b']) ends(host)
  ends('c', { kind: 'aborted', silent_s: 2 })
  wait(5)
  answers('c')
  assert.deepEqual([observed, discarded], [['a'], ['a', 'b', 'c']])
})

/** Replaces what the browser says about the link. */
function say(onLine: boolean): void {
  Object.defineProperty(globalThis, 'navigator', { value: { onLine }, configurable: true })
}

test('whatever ends while the browser is offline, or began before it was online again, is nobody’s', (t) => {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
  t.after(() => {
    if (before) Object.defineProperty(globalThis, 'navigator', before)
    else Reflect.deleteProperty(globalThis, 'navigator')
  })
  const began_ms = now_ms
  wait(1)
  ends('a')
  say(false)
  ends('b', { isOnlyHost: true })
  ends('c', { ...ok, began_ms })
  wait(5)
  say(true)
  link.wasDown()
  ends('a', { ...ok, began_ms })
  assert.deepEqual([observed, discarded.sort()], [[], ['a', 'a', 'b', 'c']])
  wait(1)
  ends('a', { ...ok, began_ms: now_ms - 500 })
  assert.deepEqual(observed, ['a'])
})

test('what is held back stays bounded', () => {
  for (let i = 0; i < 1000; i++) ends(`h${i}`)
  assert.deepEqual([observed.length, discarded.length], [0, 1000 - 64])
})
