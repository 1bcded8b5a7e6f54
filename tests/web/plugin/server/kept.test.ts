/** What the plugin keeps of other instances' videos, from a real origin that goes away. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { afterEach, beforeEach, test } from 'node:test'
import { Keeper } from '../../../../web/plugin/server/kept/keeper.ts'
import { until } from '../../until.ts'

const UUID = '11111111-1111-4111-8111-111111111111'
const OTHER = '22222222-2222-4222-8222-222222222222'
const ROOM = 1e6
const VIDEO = Buffer.alloc(300, 7)
const MASTER = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv-240.m3u8\n'
const MEDIA = `#EXTM3U
#EXT-X-MAP:URI="v-240-fragmented.mp4",BYTERANGE="100@0"
#EXTINF:4,
#EXT-X-BYTERANGE:200@100
v-240-fragmented.mp4
#EXT-X-ENDLIST
`
const digest = createHash('sha256').update(VIDEO.subarray(100)).digest('hex')
const DIGESTS = JSON.stringify({ 'v-240-fragmented.mp4': { '100-299': digest } })

let folder: string
let origin: Server
let url: string
/** The origin's text files. */
let texts: Map<string, string>
let asked: string[]
/** The database's rows for the video. */
let rows: object[]
let keeper: Keeper

const newKeeper = (): Keeper =>
  new Keeper({
    database: { query: () => Promise.resolve(rows) },
    logger: { info: () => undefined, warn: () => undefined },
    plugin: { getDataDirectoryPath: () => folder },
    config: { getWebserverUrl: () => 'https://own.example' },
  } as unknown as ConstructorParameters<typeof Keeper>[0])

beforeEach(async () => {
  folder = mkdtempSync(`${tmpdir()}/kept-`)
  texts = new Map([
    ['/v/v-master.m3u8', MASTER],
    ['/v/v-240.m3u8', MEDIA],
    ['/v/v-segments-sha256.json', DIGESTS],
  ])
  asked = []
  origin = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(`${path} ${request.headers['if-none-match'] ?? ''}`.trim())
    const text = texts.get(path)
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
    if (text !== undefined) {
      const etag = `"${createHash('sha256').update(text).digest('hex').slice(0, 8)}"`
      if (request.headers['if-none-match'] === etag) response.writeHead(304).end()
      else response.writeHead(200, { ETag: etag }).end(text)
    } else if (path.endsWith('.mp4') && range) {
      response.writeHead(206).end(VIDEO.subarray(Number(range[1]), Number(range[2]) + 1))
    } else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`
  rows = [{ playlistUrl: `${url}/v/v-master.m3u8`, digestsUrl: `${url}/v/v-segments-sha256.json` }]
  keeper = newKeeper()
})
afterEach(() => {
  origin.closeAllConnections()
  origin.close()
  rmSync(folder, { recursive: true })
})

const kept = async (name: string, range?: string): Promise<string | null> =>
  (await keeper.file(UUID, name, range))?.bytes.toString() ?? null

test('playlists, digests and init segments outlive their origin, and a restart', async () => {
  await keeper.watched(UUID, ROOM)
  origin.closeAllConnections()
  origin.close()
  keeper = newKeeper()
  assert.equal(await kept('v-master.m3u8'), MASTER)
  assert.equal(await kept('v-240.m3u8'), MEDIA)
  assert.equal(await kept('v-segments-sha256.json'), DIGESTS)
  assert.equal(await kept('v-240-fragmented.mp4', 'bytes=0-99'), VIDEO.toString('utf8', 0, 100))
  for (const range of [undefined, 'bytes=100-299', 'bytes=0-', 'bytes=0-99,200-299']) {
    assert.equal(await kept('v-240-fragmented.mp4', range), null)
  }
  for (const name of ['../v-240.m3u8', '__proto__', 'constructor', '']) {
    assert.equal(await kept(name), null)
  }
})

test('a video that is watched again costs one conditional request, and a changed one is kept anew', async () => {
  await keeper.watched(UUID, ROOM)
  asked = []
  await keeper.watched(UUID, ROOM)
  assert.deepEqual(asked, [], 'not within ten minutes')
  keeper = newKeeper()
  await keeper.watched(UUID, ROOM)
  assert.equal(asked.length, 1)
  assert.match(String(asked[0]), /^\/v\/v-master\.m3u8 "/)
  texts.set('/v/v-master.m3u8', `${MASTER}#EXT-X-STREAM-INF:BANDWIDTH=2\nv-240.m3u8\n`)
  keeper = newKeeper()
  await keeper.watched(UUID, ROOM)
  assert.notEqual(await kept('v-master.m3u8'), MASTER)
})

for (const [subtitles, attributes, left] of [
  ['TYPE=SUBTITLES,', 'BANDWIDTH=1,SUBTITLES="captions"', 'BANDWIDTH=1'],
  ['GROUP-ID="captions",TYPE=SUBTITLES,', 'SUBTITLES="captions",BANDWIDTH=1', 'BANDWIDTH=1'],
  ['TYPE=SUBTITLES,', 'SUBTITLES="captions"', ''],
  ['TYPE=SUBTITLES,', 'BANDWIDTH=1,SUBTITLES="a",AUDIO="b"', 'BANDWIDTH=1,AUDIO="b"'],
] as const) {
  for (const end of ['\n', '\r\n']) {
    test(`a video is kept without its captions: ${attributes} ${JSON.stringify(end)}`, async () => {
      const lines = (...all: string[]): string => [...all, 'v-240.m3u8', ''].join(end)
      const captions = `#EXT-X-MEDIA:${subtitles}NAME="English",URI="v-en.m3u8"`
      const master = lines('#EXTM3U', captions, `#EXT-X-STREAM-INF:${attributes}`)
      texts.set('/v/v-master.m3u8', master)
      await keeper.watched(UUID, ROOM)
      assert.equal(await kept('v-master.m3u8'), lines('#EXTM3U', `#EXT-X-STREAM-INF:${left}`))
      assert.equal(asked.filter((path) => path.includes('v-en')).length, 0)
    })
  }
}

/** Each changes one file of the origin to what must not be kept. */
const MALFORMED: Record<string, [file: string, text: string]> = {
  'another host’s playlist': ['v-master.m3u8', MASTER.replace('v-240', 'https://e.example/v')],
  'a playlist with an absolute path': ['v-master.m3u8', MASTER.replace('v-240', '/v/v-240')],
  'a playlist in another folder': ['v-master.m3u8', MASTER.replace('v-240', '../v/v-240')],
  'an encoded path': ['v-master.m3u8', MASTER.replace('v-240', '%2e%2e%2fv-240')],
  'separate audio of another host': [
    'v-master.m3u8',
    `${MASTER}#EXT-X-MEDIA:TYPE=AUDIO,URI="https://e.example/a.m3u8"\n`,
  ],
  'no playlist at all': ['v-master.m3u8', '<html>'],
  'another host’s segment': ['v-240.m3u8', MEDIA.replace(/^v-/m, 'https://e.example/v-')],
  'a segment with an absolute path': ['v-240.m3u8', MEDIA.replace(/^v-/m, '/v-')],
  'a key': ['v-240.m3u8', MEDIA.replace('#EXTINF', '#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF')],
  'an init segment of another host': ['v-240.m3u8', MEDIA.replace('"v-', '"//e.example/v-')],
  'a long init segment': ['v-240.m3u8', MEDIA.replace('100@0', '100000000@0')],
  'more than 50,000 segments': [
    'v-240.m3u8',
    MEDIA.replace(
      '#EXT-X-ENDLIST',
      '#EXT-X-BYTERANGE:200@100\nv-240-fragmented.mp4\n'.repeat(50_000) + '#EXT-X-ENDLIST',
    ),
  ],
  'a video that still grows': ['v-240.m3u8', MEDIA.replace('#EXT-X-ENDLIST\n', '')],
  'a byte range that is none': ['v-240.m3u8', MEDIA.replace('200@100', '-5@100')],
  'a segment without a digest': ['v-segments-sha256.json', '{"v-240-fragmented.mp4":{}}'],
  'a digest that is none': ['v-segments-sha256.json', DIGESTS.replace(digest, 'x')],
  'digests that are no JSON': ['v-segments-sha256.json', '<html>'],
  'digests of more than 8 MB': ['v-segments-sha256.json', DIGESTS + ' '.repeat(8e6)],
}
for (const [what, [file, text]] of Object.entries(MALFORMED)) {
  test(`nothing is kept of ${what}`, async () => {
    texts.set(`/v/${file}`, text)
    await keeper.watched(UUID, ROOM)
    assert.deepEqual(readdirSync(`${folder}/kept`), [])
    assert.equal(await kept('v-master.m3u8'), null)
  })
}

const UNFIT: Record<string, () => void> = {
  'is not public, not mirrored, or deleted': () => (rows = []),
  'has been replaced by another file': () =>
    (rows = [{ ...rows[0], playlistUrl: `${url}/v/w-master.m3u8` }]),
  'was forged on the disk': () => forge((text) => text.replace('v-240.m3u8', '//e.example/x.m3u8')),
  'lost its digests on the disk': () => forge((text) => text.replaceAll(digest, 'x')),
  'is not JSON on the disk': () => forge(() => '{'),
  'is something else on the disk': () => forge(() => '{"playlistUrl":7}'),
}

function forge(change: (text: string) => string): void {
  const path = `${folder}/kept/${UUID}.json`
  writeFileSync(path, change(readFileSync(path, 'utf8')))
}

for (const [what, change] of Object.entries(UNFIT)) {
  test(`what is kept of a video that ${what} is never served, and dropped`, async () => {
    await keeper.watched(UUID, ROOM)
    keeper = newKeeper()
    change()
    assert.equal(await kept('v-master.m3u8'), null)
    await until(() => readdirSync(`${folder}/kept`).length === 0)
  })
}

test('what the origin no longer has is dropped', async () => {
  await keeper.watched(UUID, ROOM)
  texts.delete('/v/v-master.m3u8')
  keeper = newKeeper()
  await keeper.watched(UUID, ROOM)
  assert.equal(await kept('v-master.m3u8'), null)
})

test('only other instances are asked, by https or on this machine', async () => {
  for (const address of [
    'https://own.example/v/',
    'http://far.example/v/',
    'ftp://far.example/v/',
    'file:///etc/',
    'nonsense',
  ]) {
    rows = [{ playlistUrl: `${address}a.m3u8`, digestsUrl: `${address}b.json` }]
    keeper = newKeeper()
    await keeper.watched(UUID, ROOM)
  }
  rows = [{ playlistUrl: `${url}/v/v-master.m3u8`, digestsUrl: 'https://e.example/v/b.json' }]
  await newKeeper().watched(UUID, ROOM)
  assert.deepEqual(asked, [])
})

test('with too little room the video watched longest ago goes first', async () => {
  await keeper.watched(UUID, ROOM)
  const [file = ''] = readdirSync(`${folder}/kept`)
  const size = readFileSync(`${folder}/kept/${file}`).length
  await keeper.watched(OTHER, 1.5 * size)
  assert.deepEqual(readdirSync(`${folder}/kept`), [`${OTHER}.json`])
  keeper = newKeeper()
  texts.set('/v/v-master.m3u8', `${MASTER}\n`)
  await keeper.watched(OTHER, size / 2)
  assert.deepEqual(readdirSync(`${folder}/kept`), [], 'one that does not fit is not kept')
})
