/** Paths of built files, and how they find each other in a browser. */
import { fileURLToPath } from 'node:url'

/**
 * `PLUGIN` is the PeerTube package, in a folder of the package's name, as PeerTube wants it.
 * PeerTube serves its client scripts as
 * `/plugins/mirrorwise/<version>/client-scripts/<path in the package>`, and passes requests below
 * `/plugins/mirrorwise/<version>/router/` to the package's server part. The server part serves the
 * engine, because PeerTube does not compress static files, and without that the engine is three
 * times as long. All these files are cached for good, because their address holds the version.
 */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export const PACKAGE_NAME = 'peertube-plugin-mirrorwise'

/** The package's folder; the next paths are relative to it. */
export const PLUGIN = `dist/plugin/${PACKAGE_NAME}`

/** `clientScripts[].script` of the package. */
export const CLIENT_SCRIPT = 'dist/client/video-watch.js'

/** The viewer's panel, beside the client script, which loads it after the first frame. */
export const PANEL_SCRIPT = 'dist/client/panel.js'

/** What lives need, beside the client script, which loads it where a live plays. */
export const LIVE_SCRIPT = 'dist/client/live.js'

/** `library` of the package. */
export const SERVER_LIBRARY = 'dist/server/main.js'

/** The engine's files; the server part finds them relative to itself. */
export const ENGINE = 'dist/engine'

/** Address of the engine's files, relative to the client script's. */
export const ENGINE_FROM_CLIENT = '../../../router/engine/'

/** The engine's files on disk. */
export const ENGINE_DIR = `${ROOT}${PLUGIN}/${ENGINE}`

export const DEMO_DIR = `${ROOT}dist/demo`

/** The operator's pages, inside the Python package of the service. */
export const PAGES_DIR = `${ROOT}instance/pages`
