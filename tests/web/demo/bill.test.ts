/** The bill below a player: bytes by host, and their price. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HostState } from '../../../web/demo/contract.ts'
import { billOf } from '../../../web/demo/page/charts/bill.ts'

const host = (name: string, port: number, euro_per_TB: number): HostState =>
  ({ name, host: `http://127.0.0.1:${port}`, euro_per_TB }) as HostState
const BYTES = { 'http://localhost:1': 2e6, 'http://127.0.0.1:1': 1e6, 'http://127.0.0.1:2': 5e6 }

test('a host’s bytes are counted under each of its names, and its price for a thousand views', () => {
  const bill = billOf(BYTES, [host('home', 1, 0), host('cache', 2, 40), host('idle', 3, 9)])
  const cost = 'A thousand such views cost 0.20 €.'
  assert.equal(bill, `3.0 MB from home, 5.0 MB from cache, 0.0 MB from idle. ${cost}`)
})

test('there is none where no host costs anything', () => {
  assert.equal(billOf(BYTES, [host('home', 1, 0), host('cache', 2, 0)]), '')
})
