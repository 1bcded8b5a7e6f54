/** The service's Python package, as an operator installs it. */
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { PAGES_DIR, ROOT } from '../../../web/build/layout.ts'

test('the Python package carries the pages that were built', async () => {
  const settings = await readFile(`${ROOT}setup.py`, 'utf8')
  assert.match(settings, /"mirrorwise.instance": \["pages\/\*\/\*"\]/)
  for (const page of ['report', 'recommendations']) {
    const carried = await readdir(`${PAGES_DIR}/${page}`)
    for (const file of ['index.html', 'style.css']) assert.ok(carried.includes(file), file)
  }
})
