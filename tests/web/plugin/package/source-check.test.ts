/** The check of extra sources in Chromium: each fault of a real server is named, and what mends it. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from '../../../../web/demo/server/chromium.ts'
import { PeerTube } from '../server/peertube.ts'
import { MIRROR, query } from '../server/reporting.ts'
import { openSettings } from './admin-page.ts'

const UUID = '9c9de5e8-0a1e-484a-b099-e80766180a6d'
const PATH = `/static/streaming-playlists/hls/${UUID}/`
const VIDEO = Buffer.from('the bytes of a video, of which some are a segment')
const [FIRST, LAST] = [4, 20]
const SEGMENT = VIDEO.subarray(FIRST, LAST + 1)
const RANGE = { 'Content-Range': `bytes ${FIRST}-${LAST}/${VIDEO.length}` }
const OPEN = { 'Access-Control-Allow-Origin': '*' }

const listening: Server[] = []
let browser: Browser
let peertube: PeerTube
before(async () => {
  const started = [launchChromium(), PeerTube.start({ query: query(MIRROR) })] as const
  ;[browser, peertube] = await Promise.all(started)
})
after(async () => {
  await browser.close()
  await peertube.stop()
  for (const server of listening) server.closeAllConnections()
  for (const server of listening) server.close()
})

/** Starts a server on loopback; returns its origin. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  listening.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const answer =
  (status: number, bytes: Uint8Array = SEGMENT, headers: object = OPEN): RequestListener =>
  (request, response) => {
    if (!request.headers.range) response.writeHead(200, { ...headers }).end(VIDEO)
    else response.writeHead(status, { ...headers, ...(status === 206 && RANGE) }).end(bytes)
  }

/** The settings page of an instance with one video, whose API answers as PeerTube's does. */
async function open(privacy = 1): Promise<Page> {
  const page = await openSettings(browser, peertube)
  // The page comes from the test and not from an address, so loopback is not its own network.
  await page.context().grantPermissions(['local-network-access'])
  const files = `${peertube.origin}${PATH}`
  const playlist = {
    playlistUrl: `${files}master.m3u8`,
    segmentsSha256Url: `${files}segments-sha256.json`,
  }
  const details = { uuid: UUID, privacy: { id: privacy }, streamingPlaylists: [playlist] }
  const sha256 = createHash('sha256').update(SEGMENT).digest('hex')
  await page.route('**/api/v1/videos?**', (route) => route.fulfill({ json: { data: [details] } }))
  await page.route(`**/api/v1/videos/${UUID}`, (route) => route.fulfill({ json: details }))
  await page.route('**/segments-sha256.json', (route) =>
    route.fulfill({ json: { '720.mp4': { [`${FIRST}-${LAST}`]: sha256 } } }),
  )
  return page
}

async function check(page: Page, lines: string): Promise<string[]> {
  await page.fill('#extra-sources', lines)
  await page.getByRole('button', { name: 'Check these sources' }).click()
  const said = page.locator('#extra-sources-wrapper').getByRole('status').locator('li')
  await said.filter({ hasText: /^[✓▲]/ }).first().waitFor()
  return said.allTextContents()
}

test('every fault of a source is named, with what mends it', async () => {
  const asked: string[] = []
  const fit = await serve((request, response) => {
    asked.push(`${String(request.url)} ${String(request.headers.range)}`)
    answer(206)(request, response)
  })
  const gone = await serve(answer(404))
  const elsewhere: RequestListener = (_, response) =>
    void response.writeHead(302, { ...OPEN, Location: `${fit}${PATH}720.mp4` }).end()
  const expected: [source: string, said: RegExp][] = [
    [`${fit}/videos/{uuid}/{file} ours`, /^✓ .* is fit: right bytes, .* after [\d,]+ ms\.$/],
    [await serve(answer(206, SEGMENT, {})), /^▲ .*Access-Control-Allow-Origin/],
    [await serve(answer(200, VIDEO)), /^▲ .*whole files.*slice 1m/],
    [gone, /^▲ .*does not have the newest public video/],
    [await serve(answer(503)), /^▲ .*HTTP status 503/],
    [await serve(answer(206, Buffer.from('other bytes'))), /^▲ .*other bytes than the instance/],
    [await serve(elsewhere), /^▲ .*on to another host/],
    ['http://127.0.0.1:1', /^▲ .*does not answer/],
    [peertube.origin, /^▲ .*is the origin itself/],
  ]
  const page = await open()
  const lines = expected.map(([source]) => `${source} private`)
  const said = await check(page, lines.join('\n'))
  console.log(said)
  assert.equal(said.length, expected.length)
  for (const [index, [, like]] of expected.entries()) assert.match(said[index] ?? '', like)
  assert.equal(asked[0], `/videos/${UUID}/720.mp4 bytes=${FIRST}-${LAST}`)
  await page.close()
})

test('what is not allowed is refused, and nothing is asked', async () => {
  const page = await open()
  const [said] = await check(page, 'https://bucket.example/{file}')
  assert.match(said ?? '', /^▲ Write at most 16 addresses.*\{uuid\}\/\{file\}/)
  await page.close()
})

test('without a public video there is nothing to check', async () => {
  const page = await open(3)
  const [said] = await check(page, 'http://127.0.0.1:1 private')
  assert.match(said ?? '', /^▲ There is no public video/)
  await page.close()
})
