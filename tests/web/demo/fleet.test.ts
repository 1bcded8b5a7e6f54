/** The demo's fleet: addresses like PeerTube's, and changes of the hosts' conditions. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AUTHORIZATION,
  type FleetState,
  type ServerConfig,
  type VideoDetails,
} from '../../../web/demo/contract.ts'
import { startFleet, type Fleet } from '../../../web/demo/server/fleet.ts'
import { until } from '../until.ts'

/** Longer than any request of a test takes. */
const CHANGES_AT_S = 3

let fleet: Fleet
before(async () => {
  fleet = await startFleet({
    mirrors: [
      {
        name: 'calm',
        // A moment after the other host's change, which is due when this change is seen.
        schedule: [{ at_s: CHANGES_AT_S + 0.1, conditions: { jitter_ms: 1 } }],
      },
      {
        name: 'fickle',
        rate_kBps: 500,
        schedule: [{ at_s: CHANGES_AT_S, conditions: { fault: 'http-503' } }],
      },
    ],
  })
})
after(() => fleet.stop())

const get = async <T>(path: string): Promise<T> =>
  (await fetch(fleet.origin.url + path)).json() as Promise<T>
const post = (change: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${fleet.origin.url}/demo/fleet`, {
    method: 'POST',
    headers,
    body: typeof change === 'string' ? change : JSON.stringify(change),
  })
const details = (query = ''): Promise<VideoDetails> => get(`/demo/video.json${query}`)

describe('the fleet', () => {
  test('serves the same bytes from origin and mirrors, at addresses like PeerTube’s', async () => {
    const [playlist] = (await details()).streamingPlaylists
    assert.ok(playlist)
    assert.match(playlist.playlistUrl, /\/static\/streaming-playlists\/hls\/[\w-]+\/[\w-]+\.m3u8$/)
    const file = `${fleet.video.uuid}-240-fragmented.mp4`
    const folders = [
      new URL('.', playlist.playlistUrl).href.replace(/\/$/, ''),
      ...playlist.redundancies.map(({ baseUrl }) => baseUrl),
    ]
    assert.match(folders[1] ?? '', /\/static\/redundancy\/hls\/[\w-]+$/)
    const bodies = await Promise.all(
      folders.map(async (folder) => {
        const answer = await fetch(`${folder}/${file}`, { headers: { Range: 'bytes=0-9999' } })
        assert.equal(answer.status, 206)
        return Buffer.from(await answer.arrayBuffer())
      }),
    )
    assert.deepEqual(bodies[1], bodies[0])
    assert.deepEqual(bodies[2], bodies[0])
  })

  test('uses the origin’s name of the request in its own addresses', async () => {
    const { port } = fleet.origin
    const answer = await fetch(`http://localhost:${port}/demo/video.json`)
    const [playlist] = ((await answer.json()) as VideoDetails).streamingPlaylists
    assert.equal(new URL(playlist?.playlistUrl ?? '').host, `localhost:${port}`)
  })

  test('serves the details of a private video like a public one’s, if authorised', async () => {
    const [playlist] = (await details('?private=1')).streamingPlaylists
    const url = playlist?.segmentsSha256Url ?? ''
    assert.equal((await fetch(url)).status, 403)
    assert.equal((await fetch(url, { headers: { Authorization: AUTHORIZATION } })).status, 200)
  })

  test('serves the plugin cached for good, and compressed if the browser accepts it', async () => {
    const [plugin] = (await get<ServerConfig>('/api/v1/config')).plugin.registered
    const [script] = Object.keys(plugin?.clientScripts ?? {})
    const root = `${fleet.origin.url}/plugins/${plugin?.name}/${plugin?.version}`
    const answer = await fetch(`${root}/client-scripts/${script}`)
    assert.equal(answer.status, 200)
    assert.match(answer.headers.get('Cache-Control') ?? '', /immutable/)
    assert.match(answer.headers.get('Content-Type') ?? '', /javascript/)
    const worker = /engine-worker\.\w+\.js/.exec(await answer.text())?.[0]
    const engine = await fetch(`${root}/router/engine/${worker}`, {
      headers: { 'Accept-Encoding': 'br' },
    })
    assert.equal(engine.status, 200)
    assert.equal(engine.headers.get('Content-Encoding'), 'br')
  })
})

describe('the control desk', () => {
  test('changes one host at once', async () => {
    const host = fleet.mirrors[0]?.url
    const answer = await post({ host, conditions: { latency_ms: 77 } })
    const { hosts } = (await answer.json()) as FleetState
    assert.equal(hosts[1]?.conditions.latency_ms, 77)
    assert.equal(fleet.mirrors[0]?.conditions.latency_ms, 77)
  })

  test('refuses invalid changes, names the field, and changes nothing', async () => {
    const host = fleet.mirrors[0]?.url
    const before = JSON.stringify(await get('/demo/fleet'))
    for (const [change, reason] of [
      [{ host, conditions: { rate_kBps: 0 } }, /^rate_kBps:/],
      [{ host: 'http://elsewhere', conditions: {} }, /^host: one of/],
      [{ host }, /conditions, scheduled or restart/],
      [null, /JSON object/],
      ['{', /JSON/],
      [' '.repeat(5000), /at most/],
    ] as const) {
      const answer = await post(change)
      assert.equal(answer.status, 400)
      assert.match(((await answer.json()) as { error: string }).error, reason)
    }
    assert.equal(JSON.stringify(await get('/demo/fleet')), before)
  })

  test('refuses changes by pages of other sites', async () => {
    const answer = await post({ restart: true }, { Origin: 'http://elsewhere.example' })
    assert.equal(answer.status, 403)
  })

  test('runs a schedule by the clock, until a change by hand', async () => {
    const [calm, fickle] = fleet.mirrors
    assert.ok(calm && fickle)
    await post({ restart: true })
    assert.equal(fickle.conditions.fault, 'none')
    await until(() => fickle.conditions.fault === 'http-503')
    await post({ restart: true })
    await post({ host: fickle.url, conditions: { latency_ms: 1 } })
    await until(() => calm.conditions.jitter_ms === 1)
    assert.equal(fickle.conditions.fault, 'none')
    assert.equal((await get<FleetState>('/demo/fleet')).hosts[2]?.scheduled, false)
    await post({ host: fickle.url, scheduled: true })
    assert.equal((await get<FleetState>('/demo/fleet')).hosts[2]?.scheduled, true)
  })
})

test('a fleet whose port is taken says so, and leaves no server behind', async () => {
  const { port } = fleet.origin
  await assert.rejects(startFleet({ mirrors: [{}], port }), { code: 'EADDRINUSE' })
})
