/** Reading the list of mirrors, and the addresses of a segment. */
import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import {
  fileName,
  readMirrors,
  sourcesOf,
} from '../../../../../../web/plugin/client/courier/video/hosts.ts'

let warnings: string[]
beforeEach(() => {
  warnings = []
  mock.method(console, 'warn', (text: string) => warnings.push(text))
})
afterEach(() => mock.restoreAll())

test('mirrors are named by their origin and keep their folder', () => {
  const list = ['https://a.example/static/redundancy/hls/uuid', 'https://b.example:8080/x/?y#z']
  assert.deepEqual(readMirrors(list), [
    { host: 'https://a.example', base: 'https://a.example/static/redundancy/hls/uuid/' },
    { host: 'https://b.example:8080', base: 'https://b.example:8080/x/' },
  ])
  assert.deepEqual(warnings, [])
})

test('invalid mirrors are ignored, with one warning for each kind', () => {
  const list = [
    'https://a.example/1/',
    'https://A.example:443/2/',
    'https://a.example/3/',
    '/relative',
    '//no-scheme.example/',
    'javascript:alert(1)',
    'data:text/plain,',
    'ftp://a.example/',
    'https://user:secret@b.example/',
    'https://user@c.example/',
    null,
    7,
  ]
  assert.deepEqual(
    readMirrors(list).map(({ base }) => base),
    ['https://a.example/1/'],
  )
  assert.equal(warnings.length, 4)
  for (const kind of ['same host', 'absolute', 'not https', 'credentials']) {
    assert.equal(warnings.filter((text) => text.includes(kind)).length, 1, kind)
  }
})

test('a mirror without TLS is valid only on loopback, where instances are developed', () => {
  const here = ['http://127.0.0.1:9000', 'http://localhost', 'http://[::1]:9000']
  const elsewhere = [
    'http://mirror.example',
    'http://127.0.0.1.mirror.example',
    'http://localhost.mirror.example',
    'http://192.168.1.2',
  ]
  assert.deepEqual(
    readMirrors([...here, ...elsewhere]).map(({ host }) => host),
    here,
  )
})

test('the 33rd mirror and all after it are ignored, with one warning', () => {
  const list = Array.from({ length: 40 }, (_, i) => `https://m${i}.example/`)
  assert.equal(readMirrors(list).length, 32)
  assert.equal(warnings.length, 1)
})

test('a value that is not a list has no mirrors', () => {
  for (const none of [undefined, null, {}, 'https://a.example/', []]) {
    assert.deepEqual(readMirrors(none), [])
  }
})

test('a mirror has a segment under the same file name; the token stays with the origin', () => {
  const url = 'https://o.example/hls/uuid/480.mp4?videoFileToken=secret'
  assert.equal(fileName(url), '480.mp4')
  assert.deepEqual(
    [...sourcesOf(url, readMirrors(['https://m.example/hls/uuid']))],
    [
      ['https://o.example', url],
      ['https://m.example', 'https://m.example/hls/uuid/480.mp4'],
    ],
  )
})

test('the origin is not asked twice when it is listed as its own mirror', () => {
  const mirrors = readMirrors(['https://o.example/static/redundancy/'])
  assert.equal(sourcesOf('https://o.example/hls/480.mp4', mirrors).size, 1)
})
