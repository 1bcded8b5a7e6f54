/** Byte ranges of p2p-media-loader, and the HTTP header `Range`. */

/** First and last byte, both included; `end` is absent for "to the end". */
export interface ByteRange {
  start: number
  end?: number | undefined
}

/** The headers of `init` with a `Range` header. */
export function rangeHeaders(init: RequestInit, range: ByteRange | undefined): Headers {
  const headers = new Headers(init.headers)
  if (range) headers.set('Range', `bytes=${range.start}-${range.end ?? ''}`)
  return headers
}
