/** Paths of built files, and how they find each other in a browser. */
import { fileURLToPath } from 'node:url'

/**
 * `PLUGIN` is the PeerTube package, in a folder of the package's name, as PeerTube wants it.
 * PeerTube serves its client scripts as
 * `/plugins/mirrorwise/<version>/client-scripts/<path in the package>` and gives what is below
 * `/plugins/mirrorwise/<version>/router/` to the package's server part, which serves the engine:
 * PeerTube's own static files are not compressed, and the engine is three times as long then.
 * All of it is cached for good, because the address holds the version.
 */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export const PACKAGE_NAME = 'peertube-plugin-mirrorwise'

/** Everything below is relative to this. */
export const PLUGIN = `dist/plugin/${PACKAGE_NAME}`

/** `clientScripts[].script` of the package. */
export const CLIENT_SCRIPT = 'dist/client/video-watch.js'

/** `library` of the package. */
export const SERVER_LIBRARY = 'dist/server/main.js'

/** The engine's files, which the server part finds from its own place. */
export const ENGINE = 'dist/engine'

/** From the address of the client script to that of the engine's files. */
export const ENGINE_FROM_CLIENT = '../../../router/engine/'

/** The engine's files on disk. */
export const ENGINE_DIR = `${ROOT}${PLUGIN}/${ENGINE}`

export const DEMO_DIR = `${ROOT}dist/demo`

/** Where the service looks for the operator's pages: a Python package of it carries them. */
export const PAGES_DIR = `${ROOT}instance/pages`
