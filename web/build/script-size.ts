/** Size of the plugin's scripts that PeerTube's pages load before playback. */
import { readFileSync } from 'node:fs'
import { brotliCompressSync } from 'node:zlib'
import type { PluginPackageJSON } from '@peertube/peertube-types'
import { PLUGIN, ROOT } from './layout.ts'

/** The scopes whose scripts each page loads when it opens. */
const PAGES = { 'watch page': ['common', 'video-watch'], embed: ['embed'] }

/** Bytes of JavaScript after brotli, by page. */
export function eagerBytes(): Record<keyof typeof PAGES, number> {
  const read = (path: string): Buffer => readFileSync(`${ROOT}${PLUGIN}/${path}`)
  const { clientScripts } = JSON.parse(String(read('package.json'))) as PluginPackageJSON
  const sum = (scopes: string[]): number =>
    clientScripts
      .filter((script) => script.scopes.some((scope) => scopes.includes(scope)))
      .reduce((bytes, { script }) => bytes + brotliCompressSync(read(script)).length, 0)
  return { 'watch page': sum(PAGES['watch page']), embed: sum(PAGES.embed) }
}
