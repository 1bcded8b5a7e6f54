/** PeerTube's own picker and segment validation, as the left player has them. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { RandomPicker } from '../../../web/demo/page/stock/redundancy.ts'
import { SegmentValidator } from '../../../web/demo/page/stock/segment-validator.ts'

const ORIGIN = 'http://origin/static/streaming-playlists/hls/id/a.mp4'
const MIRRORS = ['http://one/hls/id', 'http://two/hls/id/']

const hostsOf = (picker: RandomPicker, picks: number): Map<string, number> => {
  const counts = new Map<string, number>()
  for (let i = 0; i < picks; i++) {
    const { host } = new URL(picker.pick(ORIGIN))
    counts.set(host, (counts.get(host) ?? 0) + 1)
  }
  return counts
}

describe('the stock picker', () => {
  test('asks the origin and every mirror evenly', () => {
    const counts = hostsOf(new RandomPicker(MIRRORS), 3000)
    assert.deepEqual([...counts.keys()].sort(), ['one', 'origin', 'two'])
    // Ten standard deviations of a binomial count.
    for (const count of counts.values()) assert.ok(Math.abs(count - 1000) < 260, `${count}`)
  })

  test('drops a mirror after one error, and the origin never', () => {
    const picker = new RandomPicker(MIRRORS)
    for (let i = 0; i < 500; i++) {
      picker.pick(ORIGIN)
      picker.onError(ORIGIN)
    }
    assert.deepEqual([...hostsOf(picker, 100).keys()], ['origin'])
  })

  test('forgets the mirror of a segment that came', () => {
    const picker = new RandomPicker(MIRRORS)
    for (let i = 0; i < 100; i++) {
      picker.pick(ORIGIN)
      picker.onSuccess(ORIGIN)
      picker.onError(ORIGIN)
    }
    assert.equal(hostsOf(picker, 300).size, 3)
  })
})

describe('the stock check', () => {
  const data = new Uint8Array([1, 2, 3])
  const hash = createHash('sha256').update(data).digest('hex')
  const list = { 'a.mp4': { '10-12': hash, '13-15': 'another' }, 'b.ts': hash }
  const server = createServer((_, response) => response.end(JSON.stringify(list)))
  before(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
  after(() => server.close())

  test('accepts right and wrong bytes, and refuses only segments that are not listed', async (t) => {
    const said = t.mock.method(console, 'error', () => undefined)
    const { port } = server.address() as AddressInfo
    const validator = new SegmentValidator(`http://127.0.0.1:${port}/list.json`, {}, false)
    const check = (name: string, start: number): Promise<boolean> =>
      validator.validate(`http://host/${name}`, { start, end: start + 2 }, data.buffer)
    assert.equal(await check('a.mp4', 10), true)
    assert.equal(await check('b.ts', 0), true)
    assert.equal(said.mock.callCount(), 0)
    assert.equal(await check('a.mp4', 13), true)
    assert.equal(said.mock.callCount(), 1)
    assert.equal(await check('a.mp4', 16), false)
    assert.equal(await check('c.mp4', 0), false)
  })
})
