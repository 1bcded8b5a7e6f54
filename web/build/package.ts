/** Builds the PeerTube package: a folder that PeerTube can install, and its tarball. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import type { PluginPackageJSON } from '@peertube/peertube-types'
import { build, type BuildOptions } from 'esbuild'
import { bundle, shipped } from './bundle.ts'
import { CLIENT_SCRIPT, ENGINE, ENGINE_FROM_CLIENT, LIVE_SCRIPT, PACKAGE_NAME } from './layout.ts'
import { PANEL_SCRIPT, PLUGIN, ROOT, SERVER_LIBRARY } from './layout.ts'
import { assetOf, type EngineManifest } from './manifest.ts'
import { NOTICES, notices } from './notices.ts'

const SOURCES = 'web/plugin'
const STYLE = 'dist/mirrorwise.css'
/** PeerTube's locales and our languages; the keys of translations are the English strings. */
const LANGUAGES = { 'de-DE': 'de', 'es-ES': 'es', 'fr-FR': 'fr' }
const CLIENT_SCRIPTS = [
  { entry: 'client/video-watch.ts', script: CLIENT_SCRIPT, scopes: ['video-watch', 'embed'] },
  {
    entry: 'recommendations/video-watch.ts',
    script: 'dist/client/recommendations.js',
    scopes: ['video-watch'],
  },
  // Without a scope PeerTube serves a script, and loads it nowhere: these are loaded when needed.
  { entry: 'client/panel/panel.ts', script: PANEL_SCRIPT, scopes: [] },
  { entry: 'client/live/live.ts', script: LIVE_SCRIPT, scopes: [] },
  { entry: 'recommendations/for-you/page.ts', script: 'dist/client/for-you.js', scopes: [] },
  { entry: 'admin/common.ts', script: 'dist/client/common.js', scopes: ['common'] },
  { entry: 'admin/settings-page.ts', script: 'dist/client/admin.js', scopes: ['admin-plugin'] },
] as const

/** Adds all files but the engine's, which are in place already, and makes the tarball. */
export async function buildPackage(engine: EngineManifest): Promise<void> {
  const files = new Map<string, string | Uint8Array>([
    ['package.json', json(packageJson(engine.engine))],
    ['README.md', readFileSync(`${ROOT}${SOURCES}/README.md`)],
    ['LICENSE', readFileSync(`${ROOT}LICENSE`)],
    [NOTICES, notices()],
    [SERVER_LIBRARY, await bundleServer()],
    [STYLE, await bundleStyles()],
  ])
  for (const { entry, script } of CLIENT_SCRIPTS)
    files.set(script, await bundleClient(entry, engine))
  for (const [locale, language] of Object.entries(LANGUAGES)) {
    files.set(translations(locale), json(stringsOf(language)))
  }
  removeAllBut(files)
  for (const [path, content] of files) {
    mkdirSync(dirname(inPackage(path)), { recursive: true })
    writeFileSync(inPackage(path), content)
  }
  pack()
}

const inPackage = (path: string) => `${ROOT}${PLUGIN}/${path}`
const translations = (locale: string) => `dist/languages/${locale}.json`
const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`

/** `package.json`; PeerTube requires all of these fields but the licence. */
function packageJson(version: string): PluginPackageJSON & { license: string; keywords: string[] } {
  return {
    name: PACKAGE_NAME,
    // Browsers cache files below a version for 30 days.
    version,
    description: 'Players learn which mirror of a video serves each viewer best.',
    engine: { peertube: '>=7.1.0' },
    keywords: ['peertube', 'plugin', 'video', 'redundancy', 'mirror', 'hls'],
    homepage: '',
    author: 'The authors of Mirrorwise',
    bugs: '',
    license: 'AGPL-3.0-or-later',
    library: SERVER_LIBRARY,
    staticDirs: {},
    css: [STYLE],
    clientScripts: CLIENT_SCRIPTS.map(({ script, scopes }) => ({ script, scopes: [...scopes] })),
    translations: Object.fromEntries(
      Object.keys(LANGUAGES).map((locale) => [locale, translations(locale)]),
    ),
  }
}

async function bundleClient(entry: string, { engine, assets }: EngineManifest) {
  const worker = ENGINE_FROM_CLIENT + assetOf(assets, 'worker').name
  const scorer = await bundle(`${SOURCES}/recommendations/private/scorer.ts`)
  return bundle(`${SOURCES}/${entry}`, {
    __MIRRORWISE_ENGINE__: { worker, version: engine },
    __MIRRORWISE_SCORER__: new TextDecoder().decode(scorer),
  })
}

/** Bundles the server part: CommonJS for PeerTube, and not minified, so that admins can read it. */
const bundleServer = () =>
  made({
    entryPoints: [`${SOURCES}/server/main.ts`],
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    minify: false,
  })

/** Bundles the style sheet, which PeerTube adds to its pages and embeds. */
function bundleStyles(): Promise<Uint8Array> {
  const sheets = under(`${ROOT}${SOURCES}`).filter((path) => path.endsWith('.css'))
  const contents = sheets.map((path) => `@import "./${path}";`).join('\n')
  return made({ stdin: { contents, loader: 'css', resolveDir: `${ROOT}${SOURCES}` } })
}

async function made(what: BuildOptions): Promise<Uint8Array> {
  const { outputFiles } = await build({ ...shipped, ...what, write: false })
  const [file] = outputFiles
  if (!file) throw new Error('esbuild made nothing')
  return file.contents
}

/** Translations of all strings to one language. */
function stringsOf(language: string): Record<string, string> {
  const folder = `${ROOT}${SOURCES}/languages`
  const rooms = under(folder).filter((path) => path.endsWith(`.${language}.json`))
  const strings = rooms.map(
    (room) => JSON.parse(readFileSync(`${folder}/${room}`, 'utf8')) as object,
  )
  return Object.assign({}, ...strings) as Record<string, string>
}

/** Removes files of earlier builds, but not the engine's, which its own build removes. */
function removeAllBut(files: ReadonlyMap<string, unknown>): void {
  for (const path of under(inPackage(''))) {
    if (!files.has(path) && !path.startsWith(`${ENGINE}/`)) rmSync(inPackage(path))
  }
}

/** Paths of all files below a folder, sorted. */
function under(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return files.map(({ parentPath, name }) => relative(folder, `${parentPath}/${name}`)).sort()
}

/** Makes the tarball with npm, which writes the same bytes for the same files. */
function pack(): void {
  const folder = `${ROOT}dist/plugin`
  for (const name of readdirSync(folder)) if (name.endsWith('.tgz')) rmSync(`${folder}/${name}`)
  const quietly = ['--silent', '--ignore-scripts', '--offline', '--pack-destination', folder]
  execFileSync('npm', ['pack', ...quietly], {
    cwd: `${ROOT}${PLUGIN}`,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}
