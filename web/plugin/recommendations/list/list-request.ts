/** A request of PeerTube's page for "Other videos", and what can be done with it. */
export interface OtherVideos {
  url: URL
  /**
   * Not a search, which our server part fills, but PeerTube's way out: the newest videos, where a
   * search found next to nothing or the instance does not search its own videos.
   */
  isFallback: boolean
  /** Says something to our server part, in this request alone. */
  say(header: string, value: string): void
  /** Waits before it is sent, and changes what PeerTube's page gets to read. */
  answerWith(change: Promise<((text: string) => string) | null>): void
  /** PeerTube's page has got it. */
  answered(then: () => void): void
}

/** What can be done with it, however the page asks. */
export type Request = Omit<OtherVideos, 'url' | 'isFallback'>

/** Called just before such a request is sent. */
export type Meet = (url: URL, request: Request) => void

/** The address asked for, of a method and an address; null for every other request. */
export type Recognise = (asked: unknown[]) => URL | null
