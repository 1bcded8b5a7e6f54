import { fileURLToPath } from 'node:url'

/**
 * Where built things lie, and how one finds the other in a browser.
 *
 * `dist/plugin` is the root of the PeerTube package. PeerTube serves its `clientScripts` as
 * `/plugins/mirrorwise/<version>/client-scripts/<path in the package>` and its `staticDirs` as
 * `/plugins/mirrorwise/<version>/static/<name of the directory>/<path in it>`, both cached for
 * good, because the address holds the version.
 */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Everything below is relative to this. */
export const PLUGIN = 'dist/plugin'

/** `clientScripts[].script` of the package. */
export const CLIENT_SCRIPT = 'dist/client/video-watch.js'

/** `staticDirs` of the package. */
export const STATIC_DIRS = { engine: 'dist/engine' } as const

/** From the address of the client script to that of the engine's files. */
export const ENGINE_FROM_CLIENT = '../../../static/engine/'

/** The engine's files on disk. */
export const ENGINE_DIR = `${ROOT}${PLUGIN}/${STATIC_DIRS.engine}`

export const DEMO_DIR = `${ROOT}dist/demo`
