/** What an operator installs. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { ROOT } from '../../web/build/layout.ts'

test('the Python package carries the pages that were built', async () => {
  const settings = await readFile(`${ROOT}pyproject.toml`, 'utf8')
  assert.match(settings, /^instance = \["pages\/\*\/\*"\]$/m)
  for (const page of ['report', 'recommendations']) {
    const carried = await readFile(`${ROOT}instance/pages/${page}/index.html`, 'utf8')
    assert.equal(carried, await readFile(`${ROOT}dist/${page}/index.html`, 'utf8'))
  }
})
