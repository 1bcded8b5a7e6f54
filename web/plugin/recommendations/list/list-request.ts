/** An intercepted request of PeerTube's page for "Other videos". */
export interface ListRequest {
  url: URL
  /**
   * Whether this is PeerTube's fallback, a request for the newest videos. PeerTube sends it when
   * the search, which our server part fills, found next to nothing, or where the instance does not
   * search its own videos.
   */
  isFallback: boolean
  /** Sets a request header for our server part. */
  say(header: string, value: string): void
  /** Delays the answer until `change` is known, and changes it. */
  answerWith(change: Promise<((text: string) => string) | null>): void
  /** Calls `then` when PeerTube's page has the answer. */
  answered(then: () => void): void
}

/** The part of a request that depends on how the page sends it. */
export type Request = Omit<ListRequest, 'url' | 'isFallback'>

/** A handler that is called just before the request is sent. */
export type Meet = (url: URL, request: Request) => void

/** The URL of a request for "Other videos" by its method and address; null for other requests. */
export type Recognise = (asked: unknown[]) => URL | null
