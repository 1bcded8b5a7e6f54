/** Outages of the viewer's link, with real hosts: downloads fail over at once, and nobody is blamed. */
import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { until } from '../../../until.ts'
import { Bench } from './bench.ts'

let bench: Bench
afterEach(() => bench.close())

const asked = (): number => bench.events.filter(({ type }) => type === 'asked').length
const kinds = (): string[] =>
  bench.outcomes.map(
    ({ host, kind }) => `${bench.hosts.findIndex(({ url }) => url === host)} ${kind}`,
  )
const all = (fault: 'none' | 'refuse' | 'silent'): void =>
  [0, 1, 2].forEach((host) => bench.degrade(host, { fault }))

/** Delivers a segment while the link is down, which is up again once so many requests were made. */
async function throughOutage(fault: 'refuse' | 'silent', requests: number) {
  bench = await Bench.open()
  assert.equal((await bench.fetch(bench.range(0))).valid, true)
  const healthy = kinds()
  all(fault)
  const delivering = bench.fetch(bench.range(1))
  await until(() => asked() >= healthy.length + requests)
  all('none')
  assert.equal((await delivering).valid, true)
  assert.equal((await bench.fetch(bench.range(2))).valid, true)
  return kinds().slice(healthy.length)
}

const isFailure = (kind: string): boolean => !kind.endsWith(' ok')

for (const [fault, requests] of [
  ['refuse', 5],
  ['silent', 4],
] as const) {
  test(`when all hosts are ${fault === 'refuse' ? 'out of reach' : 'silent'} for a while, none is believed to have failed`, async () => {
    const after = await throughOutage(fault, requests)
    assert.deepEqual(after.filter(isFailure), [])
    assert.ok(after.length > 0, 'what comes after the outage is learned from')
  })
}

for (const fault of ['refuse', 'silent', 'freeze'] as const) {
  test(`a host that alone has the fault ${fault} is believed to have failed, by the next plan too`, async () => {
    bench = await Bench.open()
    bench.prefer(1)
    bench.degrade(1, { fault })
    for (const segment of [0, 1]) {
      assert.equal((await bench.fetch(bench.range(segment))).valid, true)
    }
    assert.equal(kinds().filter(isFailure).length, 1, kinds().join())
    assert.match(kinds().find(isFailure) ?? '', /^1 /)
  })
}
