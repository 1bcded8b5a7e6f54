/** Known hosts, read from a real PostgreSQL. */
import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { Hosts } from '../../../../web/plugin/server/hosts.ts'
import { Database } from './database.ts'

const OWN = 'https://video.example'

/** The columns of PeerTube's tables that the plugin reads, with PeerTube's types. */
const TABLES = [
  'DROP TABLE IF EXISTS "videoRedundancy", "videoStreamingPlaylist"',
  'CREATE TABLE "videoStreamingPlaylist" (id SERIAL PRIMARY KEY, "playlistUrl" VARCHAR(2000))',
  'CREATE TABLE "videoRedundancy" (id SERIAL PRIMARY KEY, "fileUrl" VARCHAR(2000) NOT NULL, ' +
    '"videoStreamingPlaylistId" INTEGER REFERENCES "videoStreamingPlaylist" ON DELETE CASCADE)',
]

const database = new Database()
const { query } = database

const newHosts = () =>
  new Hosts({
    database: { query },
    config: { getWebserverUrl: () => OWN },
  } as unknown as ConstructorParameters<typeof Hosts>[0])

async function mirror(playlistUrl: string | null, ...fileUrls: string[]): Promise<void> {
  const quoted = (text: string | null) => (text === null ? 'NULL' : `'${text}'`)
  await query(
    `INSERT INTO "videoStreamingPlaylist" ("playlistUrl") VALUES (${quoted(playlistUrl)})`,
  )
  for (const url of fileUrls) {
    await query(
      `INSERT INTO "videoRedundancy" ("fileUrl", "videoStreamingPlaylistId") ` +
        `VALUES (${quoted(url)}, currval('"videoStreamingPlaylist_id_seq"'))`,
    )
  }
}

beforeEach(async () => {
  for (const sql of TABLES) await query(sql)
})
after(() => database.stop())

test('the known hosts are those of all mirrored videos in PeerTube’s database', async () => {
  await mirror(null, 'https://a.example/static/redundancy/hls/1', 'https://B.example:8443/x/2')
  await mirror(null, 'https://a.example/static/redundancy/hls/3')
  await mirror('https://far.example/static/hls/4/master.m3u8', `${OWN}/static/redundancy/hls/4`)
  await mirror('https://not-mirrored.example/static/hls/5/master.m3u8')
  const hosts = newHosts()
  assert.deepEqual(
    [...(await hosts.known([]))].sort(),
    [OWN, 'https://a.example', 'https://b.example:8443', 'https://far.example'].sort(),
  )
  assert.equal(await hosts.mirrors(), 2)
})

test('a host that no player would use is not known', async () => {
  const served = ['http://127.0.0.1:9001/1', 'http://localhost:9002/1']
  const ignored = ['http://a.example/1', 'ftp://b.example/1', 'nonsense', 'https:///1', '']
  await mirror(null, ...served, ...ignored)
  const known = [...(await newHosts().known([]))]
  assert.deepEqual(known.sort(), [OWN, 'http://127.0.0.1:9001', 'http://localhost:9002'].sort())
})

test('reports of unknown hosts cause no further database queries', async () => {
  const hosts = newHosts()
  await Promise.all([hosts.known([OWN]), hosts.known(['https://a.example']), hosts.mirrors()])
  const before = database.queries
  for (let i = 0; i < 20; i++) await hosts.known([`https://${i}.example`])
  assert.equal(database.queries, before)
})
