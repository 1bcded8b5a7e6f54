/** The published versions of p2p-media-loader, as far as they run in Node. */
import { fileURLToPath } from 'node:url'
import type { Core } from 'p2p-media-loader-core'
import type { SegmentStorage } from 'p2p-media-loader-core'

// Browser objects that the loader needs; without trackers it opens no socket.
const absent = EventTarget
Object.assign(globalThis, {
  window: globalThis,
  navigator: { userAgent: 'Node' },
  WebSocket: absent,
  RTCPeerConnection: absent,
  RTCSessionDescription: absent,
  RTCIceCandidate: absent,
})

const MODULES = fileURLToPath(new URL('../../../../node_modules/', import.meta.url))

/** Folders of the versions that the contract names. */
export const VERSIONS = {
  '2.2.1': `${MODULES}p2p-media-loader-hlsjs-previous/node_modules/p2p-media-loader-core/`,
  '2.2.2': `${MODULES}p2p-media-loader-core/`,
  '2.3.1': `${MODULES}p2p-media-loader-hlsjs-next/node_modules/p2p-media-loader-core/`,
}

export async function coreOf(folder: string): Promise<typeof Core> {
  const bundle = `${folder}dist/p2p-media-loader-core.es.js`
  return ((await import(bundle)) as { Core: typeof Core }).Core
}

/** The loader's own storage. */
export async function storageOf(folder: string): Promise<SegmentStorage> {
  const file = `${folder}lib/segment-storage/segment-memory-storage.js`
  const { SegmentMemoryStorage } = (await import(file)) as {
    SegmentMemoryStorage: new () => SegmentStorage
  }
  return new SegmentMemoryStorage()
}
