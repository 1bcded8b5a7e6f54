/** The loader's request for one segment, or for the missing rest of a segment. */
import type { Load } from './load.ts'
import type { ByteRange } from './http/range.ts'

export interface SegmentRequest {
  load: Load
  url: string
  /** Byte range of the whole segment; absent when the segment is a file of its own. */
  byteRange: ByteRange | undefined
  /** Byte range that is still missing; absent for a whole file. */
  requestByteRange: ByteRange | undefined
  signal: AbortSignal
  /** PeerTube's request options for the origin, with the viewer's credentials if needed. */
  originInit: RequestInit
  /** Fetches the segment as PeerTube would without us. */
  stock: () => Promise<Response>
}
