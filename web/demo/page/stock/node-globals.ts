/** Defines Node's `process`, which the tracker client of p2p-media-loader reads. */
Object.assign(globalThis, { process: { browser: true } })
