/** Reading buffer, resolution and segments from hls.js. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  Playback,
  type HlsView,
} from '../../../../../../web/plugin/client/courier/video/playback.ts'

const ranges = (...pairs: [number, number][]): TimeRanges => ({
  length: pairs.length,
  start: (i) => pairs[i]?.[0] ?? 0,
  end: (i) => pairs[i]?.[1] ?? 0,
})

const watching = (currentTime: number, buffered: [number, number][], playlists = {}): Playback => {
  const view = new Playback()
  const media = { currentTime, buffered: ranges(...buffered), played: ranges([0, currentTime]) }
  view.watch({ media, levels: [], audioTracks: [], ...playlists } as unknown as HlsView)
  return view
}

test('the buffer is what can be played from here without a gap', () => {
  assert.equal(watching(5, [[0, 12]]).buffer_s, 7)
  assert.equal(
    watching(5, [
      [0, 4],
      [5.05, 9],
      [20, 30],
    ]).buffer_s,
    4,
  )
  assert.equal(watching(5, [[0, 5]]).buffer_s, 0)
  assert.equal(watching(5, []).buffer_s, 0)
})

test('without a player nothing is buffered and playback is starting', () => {
  const view = new Playback()
  assert.equal(view.buffer_s, 0)
  assert.equal(view.starting, true)
  assert.deepEqual(view.place('http://o.example/1.mp4', undefined), { segment_s: 4, left: null })
})

test('the top bit rate is that of the best allowed level, or of the viewer’s choice', () => {
  const levels = [{ bitrate: 1e6 }, { bitrate: 3e6 }, { bitrate: 8e6 }]
  const auto = { levels, autoLevelEnabled: true, maxAutoLevel: 1, loadLevel: 0 }
  assert.equal(watching(0, [], auto).top_mbps, 3)
  assert.equal(watching(0, [], { ...auto, autoLevelEnabled: false }).top_mbps, 1)
  assert.equal(watching(0, []).top_mbps, null)
  assert.equal(new Playback().top_mbps, null)
})

test('a segment’s place in the video is found by address and range, in video and audio', () => {
  const url = 'http://o.example/480.mp4'
  const fragments = [
    { url, duration: 4, byteRangeStartOffset: 100 },
    { url, duration: 2.5, byteRangeStartOffset: 900 },
  ]
  const files = [{ url: 'http://o.example/1.ts', duration: 3 }]
  const view = watching(0, [], {
    levels: [{}, { details: { fragments } }],
    audioTracks: [{ details: { fragments: files } }],
  })
  assert.deepEqual(view.place(url, { start: 900, end: 950 }), { segment_s: 2.5, left: 1 })
  assert.deepEqual(view.place(url, { start: 100, end: 899 }), { segment_s: 4, left: 2 })
  assert.deepEqual(view.place('http://o.example/1.ts', undefined), { segment_s: 3, left: 1 })
  assert.deepEqual(view.place(url, { start: 5 }), { segment_s: 4, left: null })
})
