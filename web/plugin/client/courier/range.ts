/** Byte ranges as the loader has them and as HTTP writes them. */

/** First and last byte, both included; `end` is absent for "to the end". */
export interface ByteRange {
  start: number
  end?: number | undefined
}

/** The headers of `init`, and the range. */
export function rangeHeaders(init: RequestInit, range: ByteRange | undefined): Headers {
  const headers = new Headers(init.headers)
  if (range) headers.set('Range', `bytes=${range.start}-${range.end ?? ''}`)
  return headers
}
