/** Extra sources: which videos are asked of them, and where. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { extraSourcesOf, videoOf } from '../../../../../web/plugin/client/player/video.ts'
import { readSources } from '../../../../../web/plugin/shared/extra-sources.ts'
import type { VideoDetails } from '../../../../../web/plugin/shared/video-details.ts'

const UUID = '9c9de5e8-0a1e-484a-b099-e80766180a6d'
const FOLDER = `https://video.example/static/streaming-playlists/hls/${UUID}`
const SOURCES = readSources(
  'https://cache.example\nhttps://cdn.example/below\n' +
    'https://bucket.example/videos/{uuid}/{file} ours',
)
const PUBLIC = { uuid: UUID, privacy: { id: 1 }, isLocal: true }

function basesOf(details: VideoDetails, playlistUrl = `${FOLDER}/a-master.m3u8`): string[] {
  const segmentsSha256Url = `${FOLDER}/a-segments-sha256.json`
  const video = videoOf({ playlistUrl, segmentsSha256Url }, false, details)
  assert.ok(video)
  return extraSourcesOf(video, SOURCES ?? []).map(({ base }) => base)
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
  'a video of another instance': { ...PUBLIC, isLocal: false },
  'a video of which nothing is known': {},
  'a video whose privacy is not known': { uuid: UUID, isLocal: true },
})) {
  test(`${what} is asked of no extra source`, () => assert.deepEqual(basesOf(details), []))
}

test('a playlist without a UUID in its address is asked of no extra source', () => {
  assert.deepEqual(basesOf(PUBLIC, 'https://video.example/hls/a-master.m3u8'), [])
})
