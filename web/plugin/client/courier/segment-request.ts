/** The loader's request for one segment, or for what is still missing of it. */
import type { Load } from './load.ts'
import type { ByteRange } from './http/range.ts'

export interface SegmentRequest {
  load: Load
  url: string
  /** The whole segment; absent when it is a file of its own. */
  byteRange: ByteRange | undefined
  /** What is still missing of it; absent for a whole file. */
  requestByteRange: ByteRange | undefined
  signal: AbortSignal
  /** As PeerTube would ask the origin, with the viewer's credentials if it needs any. */
  originInit: RequestInit
  /** Fetches it as PeerTube would without us. */
  stock: () => Promise<Response>
}
