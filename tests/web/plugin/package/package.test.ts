/** The built package: what PeerTube requires of it, its tarball and its translations. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { describe, test } from 'node:test'
import type { PluginPackageJSON } from '@peertube/peertube-types'
import { PLUGIN, ROOT } from '../../../../web/build/layout.ts'
import { buildPackage } from '../../../../web/build/package.ts'
import { readManifest } from '../../../../web/build/manifest.ts'
import { NEXT, SERVICE, SOURCE, TEXT } from '../../../../web/plugin/admin/strings.ts'
import { FORM, GROUPS } from '../../../../web/plugin/server/settings-form.ts'
import { RULES } from '../../../../web/plugin/shared/settings.ts'

const FOLDER = `${ROOT}${PLUGIN}`
const LANGUAGES = `${ROOT}web/plugin/languages`
const TARBALL = `${ROOT}dist/plugin/peertube-plugin-mirrorwise-${versionOfProject()}.tgz`

const read = (path: string) => readFileSync(`${FOLDER}/${path}`, 'utf8')
const manifest = JSON.parse(read('package.json')) as PluginPackageJSON
const isSafe = (path: string) => !path.split('/').includes('..') && existsSync(`${FOLDER}/${path}`)

function versionOfProject(): string {
  return /^version = "(.+)"$/m.exec(readFileSync(`${ROOT}pyproject.toml`, 'utf8'))?.[1] ?? ''
}

describe('the package', () => {
  // As in PeerTube 8.2's server/core/helpers/custom-validators/plugins.ts.
  test('has everything that PeerTube requires of a package', () => {
    assert.match(manifest.name, /^peertube-plugin-[a-z-0-9]+$/)
    assert.equal(basename(FOLDER), manifest.name)
    assert.ok(manifest.description.length > 0 && manifest.description.length <= 20_000)
    assert.equal(manifest.engine.peertube, '>=7.1.0')
    for (const link of [manifest.homepage, manifest.bugs]) {
      assert.ok(link === '' || URL.canParse(link))
    }
    assert.equal(typeof manifest.author, 'string')
    assert.ok(isSafe(manifest.library))
    assert.ok(Object.values(manifest.staticDirs).every(isSafe))
    assert.ok(manifest.css.every(isSafe))
    assert.ok(manifest.clientScripts.every(({ script }) => isSafe(script)))
    assert.ok(Object.values(manifest.translations).every(isSafe))
  })

  test('is loaded where PeerTube asks for it', () => {
    const scopes = new Set(manifest.clientScripts.flatMap(({ scopes }) => scopes))
    assert.deepEqual([...scopes].sort(), ['admin-plugin', 'common', 'embed', 'video-watch'])
  })

  test('has the version of the project, because browsers cache files below it', () => {
    assert.match(manifest.version, /^\d+\.\d+\.\d+$/)
    assert.equal(manifest.version, versionOfProject())
  })

  test('can be required as PeerTube does it, and requires nothing but Node', () => {
    const library = createRequire(import.meta.url)(`${FOLDER}/${manifest.library}`) as object
    const { register, unregister } = library as Record<string, unknown>
    assert.deepEqual([typeof register, typeof unregister], ['function', 'function'])
    for (const [, name] of read(manifest.library).matchAll(/\brequire\("([^"]+)"\)/g)) {
      assert.match(name ?? '', /^node:/)
    }
    assert.ok(!('dependencies' in manifest))
  })

  test('holds client scripts that need no other file, and that PeerTube can import', () => {
    for (const { script, scopes } of manifest.clientScripts) {
      const exported = /export\s*\{[^}]*\bregister\b[^}]*\}/.test(read(script))
      const imports = /(^|[;}\s])import\s*[{*"]/.test(read(script))
      // PeerTube registers none without a scope.
      assert.deepEqual([exported, imports], [scopes.length > 0, false], script)
    }
  })

  test('costs pages without a video next to nothing', () => {
    const { script } = manifest.clientScripts.find(({ scopes }) => scopes.includes('common')) ?? {}
    assert.ok(statSync(`${FOLDER}/${script}`).size < 600)
  })
})

describe('the tarball', () => {
  const entries = execFileSync('tar', ['-tzf', TARBALL], { encoding: 'utf8' }).trim().split('\n')

  test('holds what the folder holds, below a folder "package"', () => {
    const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => `package${parentPath.slice(FOLDER.length)}/${name}`)
    assert.deepEqual(entries.sort(), files.sort())
  })

  test('is the same, byte by byte, when it is built again', async () => {
    const hash = () => createHash('sha256').update(readFileSync(TARBALL)).digest('hex')
    const before = hash()
    await buildPackage(readManifest())
    assert.equal(hash(), before)
  })
})

describe('strings', () => {
  const rooms = new Set(readdirSync(LANGUAGES).map((name) => name.split('.')[0] ?? ''))
  const strings = (room: string, language: string) =>
    JSON.parse(readFileSync(`${LANGUAGES}/${room}.${language}.json`, 'utf8')) as Record<
      string,
      string
    >
  const places = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort()

  for (const room of rooms) {
    test(`of the room "${room}" are whole in every language, with the same values in them`, () => {
      const keys = Object.keys(strings(room, 'fr'))
      for (const language of ['de', 'es', 'fr']) {
        const translated = strings(room, language)
        assert.deepEqual(Object.keys(translated), keys, language)
        for (const [key, text] of Object.entries(translated)) {
          assert.ok(text.trim(), `${language}: ${key}`)
          assert.deepEqual(places(text), places(key), `${language}: ${key}`)
        }
      }
    })
  }

  test('of the settings and the status are all translated, and no others', () => {
    const looks = Object.values(FORM).flatMap(({ label, description, options = [] }) => [
      ...[label, description],
      ...options.map((option) => option.label),
    ])
    const allowed = Object.values(RULES).map((rule) => rule.allowed.text)
    const headings = GROUPS.map(({ heading }) => heading)
    const said = [SERVICE, SOURCE, NEXT, TEXT].flatMap((texts) => Object.values(texts))
    const used = new Set([...looks, ...headings, ...allowed, ...said])
    assert.deepEqual(Object.keys(strings('settings', 'fr')).sort(), [...used].sort())
  })

  test('are in the package under PeerTube’s names for the languages', () => {
    assert.deepEqual(Object.keys(manifest.translations).sort(), ['de-DE', 'es-ES', 'fr-FR'])
    for (const [locale, path] of Object.entries(manifest.translations)) {
      const merged = JSON.parse(read(path)) as Record<string, string>
      for (const room of rooms) {
        for (const [key, text] of Object.entries(strings(room, locale.slice(0, 2)))) {
          assert.equal(merged[key], text)
        }
      }
    }
  })
})
