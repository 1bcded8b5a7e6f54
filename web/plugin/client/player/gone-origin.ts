/**
 * Plays a mirrored video whose origin is gone: its small files come from the instance whose page
 * this is, which has kept them (`web/plugin/server/kept`). Segments come from mirrors anyway.
 *
 * hls.js asks for playlists and init segments by XMLHttpRequest, and gives up when a host cannot be
 * reached. So a request to an origin that does not answer is sent once more, to the kept file, before
 * hls.js hears of the failure. The answer seems to come from the origin, because hls.js resolves
 * addresses against its address.
 */
import { withTimeout } from '../courier/timeouts.ts'

/** A host that has not begun to answer by then has usually gone; the kept digests are as good. */
const SILENT_S = 3

/** Status codes of a proxy whose PeerTube is gone. */
const GONE = [502, 503, 504]

export class GoneOrigin {
  /** The origin does not answer, and its files are kept here. */
  isGone = false
  /** The folder of the video's files on its origin, ending in `/`. */
  readonly #folder: string
  readonly #kept: string
  readonly #playlistUrl: string
  readonly #pending = new Set<PendingRequest>()

  /** `kept` is the address of this video's kept files, ending in `/`. */
  private constructor(playlistUrl: string, kept: string) {
    this.#playlistUrl = playlistUrl
    this.#folder = new URL('.', playlistUrl).href
    this.#kept = kept
  }

  /** Watches the page's requests to the origin, and no longer those of an earlier video. */
  static watch(playlistUrl: string, kept: string): GoneOrigin {
    watched = new GoneOrigin(playlistUrl, kept)
    wrapOnce()
    return watched
  }

  /** The digests from the origin, or those kept here when it does not answer. */
  async digests(url: string, init: RequestInit): Promise<Response> {
    const asking = fetch(url, init).then((answer) => {
      if (GONE.includes(answer.status)) throw new Error(`status ${answer.status}`)
      return answer
    })
    const answer = await withTimeout(
      SILENT_S,
      asking.catch(() => null),
    )
    if (answer) return answer
    const address = this.#keptAddress(url)
    const { signal = null } = init
    const kept = address === null ? null : await fetch(address, { signal }).catch(() => null)
    if (!kept?.ok) return asking
    this.#give()
    return kept
  }

  /** Called when the page has opened a request, before it is sent. */
  opened(request: XMLHttpRequest, url: string): void {
    const kept = this.#keptAddress(url)
    if (kept === null) return
    if (this.isGone) {
      reopen(request, kept, url)
      return
    }
    const pending = new PendingRequest(request, kept, url, () => this.#look())
    this.#pending.add(pending)
    request.addEventListener('loadend', () => this.#pending.delete(pending))
  }

  /** Whether this video's files are kept; asked after a failure. */
  async #look(): Promise<boolean> {
    const kept = this.#keptAddress(this.#playlistUrl)
    if (this.isGone || kept === null) return this.isGone
    const answer = await fetch(kept, { method: 'HEAD' }).catch(() => null)
    if (answer?.ok) this.#give()
    return this.isGone
  }

  #give(): void {
    if (this.isGone) return
    this.isGone = true
    for (const pending of this.#pending) pending.end()
  }

  #keptAddress(url: string): string | null {
    if (!url.startsWith(this.#folder)) return null
    const name = new URL(url).pathname.slice(new URL(this.#folder).pathname.length)
    return /^[\w.-]+$/.test(name) ? this.#kept + name : null
  }
}

/** A request to the origin, and to the kept file if it fails. */
class PendingRequest {
  readonly #request: XMLHttpRequest
  readonly #headers: [name: string, value: string][] = []
  /** The page has aborted the request, or the kept file is being fetched. */
  #isOver = false
  #isHushed = false

  constructor(request: XMLHttpRequest, kept: string, url: string, isKept: () => Promise<boolean>) {
    this.#request = request
    request.setRequestHeader = (name, value) => {
      this.#headers.push([name, value])
      XMLHttpRequest.prototype.setRequestHeader.call(request, name, value)
    }
    request.abort = () => {
      this.#isOver = true
      XMLHttpRequest.prototype.abort.call(request)
    }
    // Registered before the page's own listeners, and so called first.
    request.addEventListener('readystatechange', (event) => {
      if (this.#isOver || request.readyState !== 4 || !hasFailed(request)) return
      event.stopImmediatePropagation()
      this.#isOver = this.#isHushed = true
      // After the other events of this failure.
      setTimeout(() => void isKept().then((kept) => again(kept)))
    })
    for (const type of ['error', 'timeout', 'abort', 'load', 'loadend']) {
      request.addEventListener(type, (event) => {
        if (this.#isHushed) event.stopImmediatePropagation()
      })
    }
    const again = (isThere: boolean): void => {
      this.#isHushed = false
      if (!isThere) {
        request.dispatchEvent(new Event('readystatechange'))
        return
      }
      reopen(request, kept, url)
      for (const header of this.#headers)
        XMLHttpRequest.prototype.setRequestHeader.apply(request, header)
      request.send()
    }
  }

  /** Waits for the origin no longer. */
  end(): void {
    XMLHttpRequest.prototype.abort.call(this.#request)
  }
}

const hasFailed = ({ status }: XMLHttpRequest): boolean => status === 0 || GONE.includes(status)

function reopen(request: XMLHttpRequest, kept: string, url: string): void {
  request.open('GET', kept, true)
  Object.defineProperty(request, 'responseURL', { configurable: true, get: () => url })
}

/** The video that the page has loaded last. */
let watched: GoneOrigin | null = null
let isWrapped = false

function wrapOnce(): void {
  if (isWrapped) return
  isWrapped = true
  const plain = Reflect.get(XMLHttpRequest.prototype, 'open') as (...args: unknown[]) => void
  XMLHttpRequest.prototype.open = function (this: XMLHttpRequest, ...args: unknown[]): void {
    plain.apply(this, args)
    const [method, url] = args
    if (method === 'GET') watched?.opened(this, String(url))
  }
}
