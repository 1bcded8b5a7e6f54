/** What the loader asks for: one segment of a load, or what is still missing of it. */
import type { Load } from './load.ts'
import type { ByteRange } from './range.ts'

export interface SegmentRequest {
  load: Load
  url: string
  /** The whole segment; absent when it is a file of its own. */
  byteRange: ByteRange | undefined
  /** What is still missing of it; absent for a whole file. */
  requestByteRange: ByteRange | undefined
  signal: AbortSignal
  /** How PeerTube would ask the origin; holds the viewer's credentials, if any are needed. */
  originInit: RequestInit
  /** Fetches it as PeerTube would without us. */
  stock: () => Promise<Response>
}
