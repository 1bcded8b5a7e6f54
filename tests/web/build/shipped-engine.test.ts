/** The built engine in a worker of Chromium, under a strict content security policy. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { ENGINE_DIR } from '../../../web/build/layout.ts'
import { assetOf, readManifest } from '../../../web/build/manifest.ts'
import { runSmokeTest } from '../../../web/build/smoke-test.ts'
import { launchChromium } from '../../../web/demo/server/chromium.ts'
import { serveAssets, type AssetServer } from './asset-server.ts'
import { HOPELESS_MS } from '../until.ts'
import { askEngine, startEngine } from './engine-page.ts'

const manifest = readManifest()

let browser: Browser
let server: AssetServer
let page: Page
const offSite: string[] = []

before(async () => {
  browser = await launchChromium()
  server = await serveAssets({ '/engine/': ENGINE_DIR })
  page = await newPage()
  page.on('request', (request) => {
    if (!request.url().startsWith(server.origin)) offSite.push(request.url())
  })
  await page.goto(server.origin)
})

after(async () => {
  await browser.close()
  await server.close()
})

async function newPage(): Promise<Page> {
  const opened = await browser.newPage()
  opened.setDefaultTimeout(HOPELESS_MS)
  return opened
}

const worker = `/engine/${assetOf(manifest.assets, 'worker').name}`

test('the engine starts in a Chromium worker under the strict policy', async (t) => {
  const hello = await startEngine(page, worker)
  assert.ok(hello.hello === 'ready', JSON.stringify(hello))
  t.diagnostic(`ready after ${hello.ready_ms.toFixed(0)} ms`)
})

test('it answers every verb and names the invalid field of a message', () =>
  runSmokeTest((message) => askEngine(page, message)))

test('a message without a readable id is answered as 0, and the engine lives on', async () => {
  for (const message of [undefined, null, 'plan', 7, [], {}, { id: '1', verb: 'plan', body: {} }]) {
    const answer = await askEngine(page, message)
    assert.ok(answer.id === 0 && !answer.ok && answer.error.field, JSON.stringify(answer))
  }
  const answer = await askEngine(page, { id: 5, verb: 'explain', body: { now_s: 1_800_000_000 } })
  assert.deepEqual([answer.id, answer.ok], [5, true])
})

test('it requested each file of the manifest once, and nothing else', () => {
  const asked = server.requests.filter((request) => !/ \/(favicon\.ico)?$/.test(request)).sort()
  assert.deepEqual(asked, manifest.assets.map(({ name }) => `GET /engine/${name}`).sort())
  assert.deepEqual(offSite, [])
})

test('a worker whose WebAssembly is missing says that it failed', async (t) => {
  const wasm = `/engine/${assetOf(manifest.assets, 'wasm').name}`
  const broken = await serveAssets({ [wasm]: '/nowhere', '/engine/': ENGINE_DIR })
  t.after(() => broken.close())
  const lost = await newPage()
  await lost.goto(broken.origin)
  const hello = await startEngine(lost, worker)
  assert.ok(hello.hello === 'failed', JSON.stringify(hello))
  assert.match(hello.reason, /wasm: HTTP status 404/)
})
