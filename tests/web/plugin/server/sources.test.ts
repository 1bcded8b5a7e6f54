/** Extra sources across instances: what one publishes, another's viewers use. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { PeerTube } from './peertube.ts'
import { until } from '../../until.ts'

const UUID = '11111111-1111-4111-8111-111111111111'
const LINES = [
  'https://cache.example',
  'https://bucket.example/{uuid}/{file} ours',
  'https://10.0.0.7/below private',
].join('\n')
const PUBLISHED = ['https://cache.example/', 'https://bucket.example/{uuid}/{file}']

async function sourcesAt(url: string, path = 'sources'): Promise<unknown> {
  const answer = await fetch(`${url}/plugins/mirrorwise/router/${path}`)
  const { sources } = (await answer.json()) as { sources?: unknown }
  return sources ?? answer.status
}

/** An instance whose viewers watch a video of the instance at `origin`. */
const watching = (t: TestContext, origin: string, settings = {}): Promise<PeerTube> =>
  PeerTube.during(t, {
    settings,
    query: (sql) => Promise.resolve(sql.includes('uuid') ? [{ url: `${origin}/w/abc` }] : []),
  })

/** Waits for as long as a page would ask again. */
const untilKnown = (url: string, wanted: unknown): Promise<void> =>
  until(
    async () => JSON.stringify(await sourcesAt(url, `sources/${UUID}`)) === JSON.stringify(wanted),
  )

/** A server that is no PeerTube, and what it was asked for. */
async function serving(t: TestContext, status: number, body: string) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(status, { Location: '/elsewhere' }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

test('an instance publishes the addresses of its sources, and none of its own network', async (t) => {
  const peertube = await PeerTube.during(t, { settings: { 'extra-sources': LINES } })
  assert.deepEqual(await sourcesAt(peertube.origin), PUBLISHED)
  for (const settings of [{ 'publish-sources': false }, { enabled: false }]) {
    await peertube.set({ 'extra-sources': LINES, ...settings })
    assert.equal(await sourcesAt(peertube.origin), 403)
  }
})

test('another instance’s viewers use them, and may report them', async (t) => {
  const theirs = await PeerTube.during(t, { settings: { 'extra-sources': LINES } })
  const ours = await watching(t, theirs.origin)
  await untilKnown(ours.origin, PUBLISHED)
  const hosts = ['https://cache.example', 'https://bucket.example', 'https://else.example']
  const known = await ours.plugin.hosts.known(hosts)
  assert.deepEqual(
    hosts.filter((host) => known.has(host)),
    hosts.slice(0, 2),
  )
  await ours.set({ 'published-sources': false })
  assert.equal(await sourcesAt(ours.origin, `sources/${UUID}`), 403)
  assert.deepEqual(theirs.thrown.concat(ours.thrown), [])
})

test('an instance is asked once, however many of its videos are watched', async (t) => {
  const theirs = await serving(t, 200, JSON.stringify({ sources: ['https://cache.example'] }))
  const ours = await watching(t, theirs.url)
  await untilKnown(ours.origin, ['https://cache.example/'])
  await untilKnown(ours.origin, ['https://cache.example/'])
  assert.deepEqual(theirs.asked, ['/plugins/mirrorwise/router/sources'])
})

test('the list is asked for when a video’s page is opened, if the administrator wants that', async (t) => {
  const theirs = await serving(t, 200, JSON.stringify({ sources: ['https://cache.example'] }))
  const ours = await watching(t, theirs.url, { 'published-sources': false })
  const opened = 'filter:api.video.get.result'
  const video = { uuid: UUID }
  assert.equal(ours.filter(opened, video), video)
  await ours.set({})
  for (const other of [undefined, null, {}, { uuid: 7 }]) ours.filter(opened, other)
  assert.equal(theirs.asked.length, 0)
  ours.filter(opened, video)
  await until(() => theirs.asked.length > 0)
  await untilKnown(ours.origin, ['https://cache.example/'])
})

for (const [what, status, body] of [
  ['has no such plugin', 404, '<html>'],
  ['leads elsewhere', 302, ''],
  ['fails', 500, ''],
  ['sends no JSON', 200, '<html>'],
  ['sends no list', 200, '[]'],
  ['names hosts of a private network', 200, '{"sources": ["https://192.168.0.1"]}'],
  ['adds words', 200, '{"sources": ["https://cache.example ours"]}'],
  ['sends too much', 200, `{"sources": ["https://cache.example"]}${' '.repeat(20_000)}`],
] as const) {
  test(`an instance that ${what} has no sources`, async (t) => {
    const theirs = await serving(t, status, body)
    const ours = await watching(t, theirs.url)
    await sourcesAt(ours.origin, `sources/${UUID}`)
    await until(() => theirs.asked.length > 0)
    assert.deepEqual(await sourcesAt(ours.origin, `sources/${UUID}`), [])
    assert.equal(theirs.asked.length, 1)
    assert.deepEqual(ours.thrown, [])
  })
}

test('a video of this instance, or none, asks nobody', async (t) => {
  const ours = await PeerTube.during(t)
  assert.deepEqual(await sourcesAt(ours.origin, `sources/${UUID}`), [])
  ours.query = () => Promise.resolve([{ url: `${ours.origin}/w/abc` }])
  assert.deepEqual(await sourcesAt(ours.origin, `sources/${UUID}`), [])
  ours.query = () => Promise.resolve([{ url: 'http://theirs.example/w/abc' }])
  assert.deepEqual(await sourcesAt(ours.origin, `sources/${UUID}`), [], 'not over plain http')
  assert.equal(await sourcesAt(ours.origin, 'sources/x'), 400)
})
