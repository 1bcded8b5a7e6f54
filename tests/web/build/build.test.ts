/** The engine's files: the manifest, reproducible builds, and the library's bytecode. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { ENGINE_DIR, ROOT } from '../../../web/build/layout.ts'
import { engineSources } from '../../../web/build/library.ts'
import { assetOf, readManifest } from '../../../web/build/manifest.ts'
import { sha256 } from '../../../web/build/publish.ts'
import { bootLibrary, bootStock } from '../../../web/build/pyodide.ts'
import { writeFile } from '../../../web/build/python.ts'

const manifest = readManifest()
const read = (name: string) => readFileSync(`${ENGINE_DIR}/${name}`)
const library = `${ENGINE_DIR}/${assetOf(manifest.assets, 'library').name}`

test('the manifest describes every file and its compressed copies correctly', () => {
  for (const { name, bytes, br_bytes, gz_bytes, sha256: hash } of manifest.assets) {
    const content = read(name)
    assert.deepEqual([content.length, sha256(content)], [bytes, hash])
    assert.match(name, new RegExp(`\\.${hash.slice(0, 16)}\\.\\w+$`))
    assert.deepEqual([read(`${name}.br`).length, read(`${name}.gz`).length], [br_bytes, gz_bytes])
    assert.deepEqual(brotliDecompressSync(read(`${name}.br`)), content)
    assert.deepEqual(gunzipSync(read(`${name}.gz`)), content)
  }
})

test('the manifest names every file in the folder', () => {
  const named = manifest.assets.flatMap(({ name }) => [name, `${name}.br`, `${name}.gz`])
  assert.deepEqual(readdirSync(ENGINE_DIR).sort(), [...named, 'manifest.json'].sort())
})

test('the engine weighs at most 4.0 MB with brotli', (t) => {
  const bytes = manifest.assets.reduce((sum, { br_bytes }) => sum + br_bytes, 0)
  t.diagnostic(`${(bytes / 1e6).toFixed(2)} MB`)
  assert.ok(bytes <= 4_000_000)
})

test('the same sources make the same library in a process of its own', () => {
  const again = execFileSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', MAKE_AND_HASH],
    { cwd: ROOT, encoding: 'utf8' },
  )
  assert.equal(again.trim(), assetOf(manifest.assets, 'library').sha256)
})

const MAKE_AND_HASH = `
  import { makeLibrary } from './web/build/library.ts'
  import { sha256 } from './web/build/publish.ts'
  console.log(sha256((await makeLibrary()).zip))`

test("the library is bytecode of Pyodide's own Python, which never looks for a source", async () => {
  const python = await bootStock()
  writeFile(python, '/library.zip', readFileSync(library))
  const found = python.runPython(`
    from importlib.util import MAGIC_NUMBER
    from zipfile import ZipFile

    library = ZipFile("/library.zip")
    MAGIC_NUMBER.hex(), sorted({library.read(name)[:8].hex() for name in library.namelist()})
  `) as { toJs: () => [string, string[]] }
  const [magic, heads] = found.toJs()
  const UNCHECKED_HASH = '01000000'
  assert.equal(magic, manifest.magic)
  assert.deepEqual(heads, [magic + UNCHECKED_HASH])
})

test('the library holds every module that the engine imports anywhere', async () => {
  const python = await bootLibrary(library)
  const importAll = python.runPython(`
    import ast

    def import_all(source):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    __import__(alias.name)
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                __import__(node.module)

    import_all
  `) as (source: string) => void
  for (const path of engineSources()) importAll(readFileSync(ROOT + path, 'utf8'))
})
