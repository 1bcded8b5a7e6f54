/** Serving the engine's files: compression, types, caching, and no other files. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { ENGINE_DIR } from '../../../../web/build/layout.ts'
import { assetOf, readManifest } from '../../../../web/build/manifest.ts'
import { PeerTube } from './peertube.ts'

const worker = assetOf(readManifest().assets, 'worker').name
const content = readFileSync(`${ENGINE_DIR}/${worker}`)

let peertube: PeerTube
before(async () => (peertube = await PeerTube.start()))
after(() => peertube.stop())

interface Answer {
  status: number | undefined
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

/** Requests a path that no client normalises; the body is not decompressed. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { headers, method, path: `/plugins/mirrorwise/router/engine/${path}` }
    get(peertube.origin, options, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('end', () =>
        resolve({
          status: response.statusCode,
          headers: response.headers,
          body: Buffer.concat(pieces),
        }),
      )
    })
      .on('error', reject)
      .end()
  })
}

describe('the engine’s files', () => {
  test('are compressed as well as the browser supports, always with the same content', async () => {
    for (const [accepted, coding, decode] of [
      ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
      ['gzip, br;q=0', 'gzip', gunzipSync],
      ['', undefined, (bytes: Buffer) => bytes],
      ['identity', undefined, (bytes: Buffer) => bytes],
    ] as const) {
      const { status, headers, body } = await ask(worker, { 'Accept-Encoding': accepted })
      assert.equal(status, 200)
      assert.equal(headers['content-encoding'], coding)
      assert.equal(headers['vary'], 'Accept-Encoding')
      assert.deepEqual(decode(body), content)
    }
  })

  test('have the types without which no worker starts', async () => {
    for (const { name } of readManifest().assets) {
      const { headers } = await ask(name, {}, 'HEAD')
      const type = /\.m?js$/.test(name) ? /^text\/javascript/ : /^application\/(wasm|zip)$/
      assert.match(String(headers['content-type']), type)
      assert.equal(headers['x-content-type-options'], 'nosniff')
    }
  })

  test('are cached for good, and not sent again when they are revalidated', async () => {
    const first = await ask(worker, { 'Accept-Encoding': 'br' })
    assert.equal(first.headers['cache-control'], 'public, max-age=2592000, immutable')
    const etag = String(first.headers['etag'])
    const again = await ask(worker, { 'Accept-Encoding': 'br', 'If-None-Match': etag })
    assert.deepEqual([again.status, again.body.length], [304, 0])
    const plain = await ask(worker, { 'If-None-Match': etag })
    assert.equal(plain.status, 200, 'another coding is another content')
  })

  test('are for pages of the same site alone', async () => {
    const { headers } = await ask(worker)
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
  })

  test('answer HEAD with the length and nothing else', async () => {
    const { status, headers, body } = await ask(worker, {}, 'HEAD')
    assert.deepEqual(
      [status, headers['content-length'], body.length],
      [200, `${content.length}`, 0],
    )
  })
})

test('no path leads to any other file', async () => {
  for (const path of [
    '',
    'manifest.json',
    `${worker}.br`,
    '../server/main.js',
    '..%2fserver%2fmain.js',
    '%2e%2e/package.json',
    '..%5cserver%5cmain.js',
    '%00',
    '%E0%A4%A',
    'constructor',
    `${worker}/`.replace('/', '%2f'),
  ]) {
    const { status, body } = await ask(path)
    assert.ok(status === 404 || status === 400, `${path}: ${status}`)
    assert.ok(body.length < 200, path)
  }
  assert.deepEqual(peertube.thrown, [])
})
