/** The tracker client inside p2p-media-loader asks Node's `process` what it runs in. */
Object.assign(globalThis, { process: { browser: true } })
