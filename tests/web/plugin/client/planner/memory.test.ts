/** Memory between visits, in a real browser, because Node has no localStorage. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { bundle } from '../../../../../web/build/bundle.ts'
import { MediaServer } from '../../../../../web/demo/server/media-server.ts'
import type { Memory, MemoryStore } from '../../../../../web/plugin/client/planner/memory.ts'
import { launchChromium } from '../../../../../web/demo/server/chromium.ts'

/** The page's memory store, between two calls of `evaluate`. */
declare const store: MemoryStore

const MEMORY: Memory = { ranking: ['https://a.example'], snapshot: { format: 'x', hosts: [1, 2] } }

let folder: string
let server: MediaServer
let browser: Browser
let context: BrowserContext
let page: Page
let said: string[]

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'memory-'))
  const script = await bundle('web/plugin/client/planner/memory.ts')
  await writeFile(path.join(folder, 'memory.js'), script)
  await writeFile(path.join(folder, 'page.html'), '<!doctype html><title>memory</title>')
  server = await new MediaServer({ name: 'page', mounts: { '/': folder } }).start()
  browser = await launchChromium()
})
after(async () => {
  await browser.close()
  await server.stop()
  await rm(folder, { recursive: true })
})
beforeEach(async () => {
  said = []
  context = await browser.newContext()
  await visit()
})
afterEach(() => context.close())

async function visit(browserQuirk = ''): Promise<void> {
  page = await context.newPage()
  page.on('console', (message) => {
    if (message.type() === 'warning') said.push(message.text())
  })
  await page.addInitScript(browserQuirk)
  await page.goto(`${server.url}/page.html`)
  await page.evaluate(async () => {
    const script = '/memory.js'
    const { MemoryStore } = (await import(
      script
    )) as typeof import('../../../../../web/plugin/client/planner/memory.ts')
    Object.assign(globalThis, { store: new MemoryStore() })
  })
}

const read = (): Promise<Memory | null> => page.evaluate(() => store.read())

test('the first visit has no memory, the second has the memory of the first', async () => {
  assert.equal(await read(), null)
  await page.evaluate((memory) => store.write(memory), MEMORY)
  await page.close()
  await visit()
  const { ranking, snapshot } = (await read()) ?? {}
  assert.deepEqual({ ranking, snapshot }, MEMORY)
  assert.deepEqual(said, [])
})

test('memory stays although PeerTube deletes every database of its origin', async () => {
  await page.evaluate((memory) => store.write(memory), MEMORY)
  await page.evaluate(async () => {
    for (const { name } of await indexedDB.databases()) indexedDB.deleteDatabase(name ?? '')
  })
  assert.ok(await read())
})

test('a damaged or foreign record is dropped with one warning', async () => {
  await read()
  await page.evaluate(() => store.write({ ranking: 'none' } as unknown as Memory))
  await page.close()
  await visit()
  assert.equal(await read(), null)
  assert.deepEqual(said, ['mirrorwise: what was remembered is damaged or foreign, starting fresh'])
})

test('a browser without storage costs nothing but the memory', async () => {
  await page.close()
  await visit(
    "Object.defineProperty(globalThis, 'localStorage', { get() { throw new Error('no') } })",
  )
  assert.equal(await read(), null)
  await page.evaluate((memory) => store.write(memory), MEMORY)
  assert.equal(said.length, 1)
})
