/** The options of p2p-media-loader, as far as they are read or replaced. */
import type { ByteRange } from './courier/http/range.ts'

export type RequestSetup = (
  url: string,
  byteRange: ByteRange | undefined,
  signal: AbortSignal,
  requestByteRange: ByteRange | undefined,
) => Promise<Request | null | undefined>

/** The joined bytes of a segment: 2.2.1 passes an array of bytes, later versions its buffer. */
export type Joined = ArrayBuffer | Uint8Array<ArrayBuffer>

export type Validator = (
  url: string,
  byteRange: ByteRange | undefined,
  data: Joined,
) => Promise<boolean | undefined>

export interface LoaderOptions {
  swarmId?: string
  httpRequestSetup?: RequestSetup
  validateHTTPSegment?: Validator | null
  validateP2PSegment?: Validator | null
  isP2PDisabled?: boolean
  isP2PUploadDisabled?: boolean
  announceTrackers?: string[]
  segmentMemoryStorageLimit?: number
  httpNotReceivingBytesTimeoutMs?: number
  customSegmentStorageFactory?: ((isLive: boolean) => object) | undefined
}

/** The running loader. */
export interface Engine {
  getConfig(): {
    core: {
      customSegmentStorageFactory?: unknown
      mainStream?: { httpRequestSetup?: RequestSetup; trackerClientVersionPrefix?: string }
    }
  }
  applyDynamicConfig(change: { core: LoaderOptions }): void
  addEventListener<Name extends keyof EngineEvents>(
    event: Name,
    hear: (...told: EngineEvents[Name]) => void,
  ): void
}

/** What the loader tells with each of its events, as far as it is read. */
export interface EngineEvents {
  onSegmentStart: [{ segment: { url: string }; downloadSource: string }]
  onSegmentLoaded: [{ segmentUrl: string; bytesLength: number; downloadSource: string }]
  onChunkDownloaded: [bytes: number, downloadSource: string]
  onChunkUploaded: [bytes: number, peerId: string]
  onPeerConnect: [{ peerId: string }]
  onPeerClose: [{ peerId: string }]
}

/** A view of the bytes, not a copy: wrong bytes are repaired in place. */
export function bytesOf(data: Joined): Uint8Array<ArrayBuffer> {
  return data instanceof Uint8Array ? data : new Uint8Array(data)
}
