/** What is said to others, at the plugin's public path: the service's bytes, or nothing. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { ROOT } from '../../../../web/build/layout.ts'
import { PeerTube } from './peertube.ts'
import { Service } from './service.ts'

const PYTHON = `${ROOT}.venv/bin/python`
const settings = {
  MIRRORWISE_PEERTUBE_URL: 'http://127.0.0.1:9',
  MIRRORWISE_FEDERATION_INSTANCE: 'https://a.example',
}

test('documents are public when they are published, and not before', async (t) => {
  const service = new Service(settings)
  await service.start()
  t.after(async () => {
    await service.stop()
    service.forget()
  })
  const peertube = await PeerTube.during(t, {
    settings: { 'service-url': service.url, 'service-secret': service.secret },
  })
  const get = (path: string, headers = {}) => fetch(`${peertube.router}${path}`, { headers })
  const list = () => get('/federation/documents')
  assert.equal((await list()).status, 404)
  assert.equal((await get('/federation/documents/1')).status, 404)

  const typed = ['-m', 'tests.instance.at', 'federation', 'publish', '--yes']
  const env = { ...process.env, ...settings, MIRRORWISE_STATE_DIR: service.folder }
  const { stdout } = await promisify(execFile)(PYTHON, typed, { cwd: ROOT, env })
  const said = stdout.split('\n', 1)[0]

  const listed = await list()
  assert.equal(listed.status, 200)
  assert.match(listed.headers.get('Content-Type') ?? '', /^application\/json\b/)
  const { documents } = (await listed.json()) as { documents: { number: number }[] }
  assert.deepEqual(
    documents.map(({ number }) => number),
    [1],
  )
  const document = await get('/federation/documents/1')
  assert.equal(await document.text(), said)
  const etag = document.headers.get('ETag') ?? ''
  const again = await get('/federation/documents/1', { 'If-None-Match': etag })
  assert.deepEqual([again.status, await again.text()], [304, ''])
  for (const path of ['2', '0', '-1', 'x', '1%2F..%2F..%2Freports', '9'.repeat(30)]) {
    assert.equal((await get(`/federation/documents/${path}`)).status, 404, path)
  }
  await peertube.set({ 'service-url': 'http://127.0.0.1:9', 'service-secret': service.secret })
  assert.equal((await list()).status, 503)
  assert.deepEqual(peertube.thrown, [])
})

test('switched off, nothing is served', async (t) => {
  const peertube = await PeerTube.during(t, { settings: { enabled: false } })
  const answer = await fetch(`${peertube.router}/federation/documents`)
  assert.equal(answer.status, 403)
})
