/** Extra sources: which videos are asked of them, and where. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { extraSourcesOf, videoOf } from '../../../../../web/plugin/client/player/video.ts'
import { readPublished, readSources } from '../../../../../web/plugin/shared/extra-sources.ts'
import type { VideoDetails } from '../../../../../web/plugin/shared/video-details.ts'

const UUID = '9c9de5e8-0a1e-484a-b099-e80766180a6d'
const FOLDER = `https://video.example/static/streaming-playlists/hls/${UUID}`
const SOURCES = readSources(
  'https://cache.example\nhttps://cdn.example/below\n' +
    'https://bucket.example/videos/{uuid}/{file} ours',
)
const PUBLISHED = readPublished(['https://theirs.example/{uuid}/{file}'])
const PUBLIC = { uuid: UUID, privacy: { id: 1 }, isLocal: true }

function basesOf(details: VideoDetails, playlistUrl = `${FOLDER}/a-master.m3u8`): string[] {
  const segmentsSha256Url = `${FOLDER}/a-segments-sha256.json`
  const video = videoOf({ playlistUrl, segmentsSha256Url }, false, details)
  assert.ok(video)
  return extraSourcesOf(video, { own: SOURCES ?? [], published: PUBLISHED ?? [] }).map(
    ({ base }) => base,
  )
}

test('a cache is asked for the origin’s paths, a bucket by its template', () => {
  assert.deepEqual(basesOf(PUBLIC), [
    `https://cache.example/static/streaming-playlists/hls/${UUID}/`,
    `https://cdn.example/below/static/streaming-playlists/hls/${UUID}/`,
    `https://bucket.example/videos/${UUID}/`,
  ])
})

test('a video that is not listed is asked of our own sources only', () => {
  assert.deepEqual(basesOf({ ...PUBLIC, privacy: { id: 2 } }), [
    `https://bucket.example/videos/${UUID}/`,
  ])
})

for (const [what, details] of Object.entries({
  'a private video': { ...PUBLIC, privacy: { id: 3 } },
  'an internal video': { ...PUBLIC, privacy: { id: 4 } },
  'a video behind a password': { ...PUBLIC, privacy: { id: 5 } },
  'an unlisted video of another instance': { ...PUBLIC, privacy: { id: 2 }, isLocal: false },
  'a video of which nothing is known': {},
  'a video whose privacy is not known': { uuid: UUID, isLocal: true },
})) {
  test(`${what} is asked of no extra source`, () => assert.deepEqual(basesOf(details), []))
}

test('a public video of another instance is asked of the sources which that publishes', () => {
  const details = { ...PUBLIC, isLocal: false }
  assert.deepEqual(basesOf(details), [`https://theirs.example/${UUID}/`])
})

for (const said of [
  ['https://theirs.example ours'],
  ['https://192.168.0.2'],
  ['https://192.168.0.2 private'],
  ['http://theirs.example'],
  ['https://theirs.example\nhttps://more.example'],
  [7],
  'https://theirs.example',
  Array.from({ length: 17 }, (_, n) => `https://${n}.example`),
]) {
  test(`${JSON.stringify(said).slice(0, 50)} is no list of another instance`, () => {
    assert.equal(readPublished(said), undefined)
  })
}

test('a playlist without a UUID in its address is asked of no extra source', () => {
  assert.deepEqual(basesOf(PUBLIC, 'https://video.example/hls/a-master.m3u8'), [])
})
