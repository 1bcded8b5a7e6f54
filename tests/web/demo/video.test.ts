/** The demo's video: playlists, sha256 list, and the cache. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { makeVideo, type MadeVideo, type Recipe } from '../../../web/demo/server/video.ts'

const RECIPE: Recipe = {
  duration_s: 4,
  segment_s: 2,
  renditions: [
    { height: 144, width: 256, video_kbps: 100 },
    { height: 180, width: 320, video_kbps: 200 },
  ],
  wholeFiles: false,
}

let cacheFolder = ''
before(async () => {
  cacheFolder = await mkdtemp(path.join(tmpdir(), 'demo-video-'))
})
after(() => rm(cacheFolder, { recursive: true }))

const read = (video: MadeVideo, name: string): Promise<Buffer> =>
  readFile(path.join(video.folder, name))
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

describe('a video made for the demo', () => {
  test('has one file per resolution, cut into ranges that lie end to end', async () => {
    const video = await makeVideo(RECIPE, { cacheFolder })
    for (const { height } of RECIPE.renditions) {
      const playlist = (await read(video, `${video.uuid}-${height}.m3u8`)).toString()
      const init = /#EXT-X-MAP:URI="(.*)",BYTERANGE="(\d+)@0"/.exec(playlist)
      assert.equal(init?.[1], `${video.uuid}-${height}-fragmented.mp4`)
      let end = Number(init[2])
      const ranges = [...playlist.matchAll(/#EXT-X-BYTERANGE:(\d+)@(\d+)/g)]
      assert.equal(ranges.length, RECIPE.duration_s / RECIPE.segment_s)
      for (const [, length, start] of ranges) {
        assert.equal(Number(start), end)
        end += Number(length)
      }
    }
  })

  test('has a list that gives the sha256 of every range', async () => {
    const video = await makeVideo(RECIPE, { cacheFolder })
    const list = JSON.parse((await read(video, video.sha256)).toString()) as Record<
      string,
      Record<string, string>
    >
    assert.equal(Object.keys(list).length, RECIPE.renditions.length)
    for (const [name, ranges] of Object.entries(list)) {
      const bytes = await read(video, name)
      for (const [range, hash] of Object.entries(ranges)) {
        const [start = 0, end = 0] = range.split('-').map(Number)
        assert.equal(sha256(bytes.subarray(start, end + 1)), hash)
      }
    }
  })

  test('can be cut into whole files, listed by their names', async () => {
    const video = await makeVideo({ ...RECIPE, wholeFiles: true }, { cacheFolder })
    const list = JSON.parse((await read(video, video.sha256)).toString()) as Record<string, string>
    const files = (await readdir(video.folder)).filter((name) => name.endsWith('.ts'))
    assert.deepEqual(Object.keys(list).sort(), files.sort())
    for (const [name, hash] of Object.entries(list)) {
      assert.equal(sha256(await read(video, name)), hash)
    }
  })

  test('is made once, even if several ask for it at the same time', async () => {
    const recipe = { ...RECIPE, duration_s: 2 }
    const [one, two] = await Promise.all([
      makeVideo(recipe, { cacheFolder }),
      makeVideo(recipe, { cacheFolder }),
    ])
    assert.deepEqual(one, two)
    let worked = false
    await makeVideo(recipe, { cacheFolder, onProgress: () => (worked = true) })
    assert.equal(worked, false)
  })

  test('leaves no files behind when it is cancelled', async () => {
    const before = await readdir(cacheFolder)
    const recipe = { ...RECIPE, duration_s: 60 }
    const making = new AbortController()
    const { signal } = making
    const onProgress = (): void => making.abort()
    await assert.rejects(makeVideo(recipe, { cacheFolder, signal, onProgress }), {
      name: 'AbortError',
    })
    assert.deepEqual(await readdir(cacheFolder), before)
  })
})
