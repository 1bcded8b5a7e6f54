/**
 * Recognises PeerTube's requests for "Other videos", to say in one what the viewer wants, or to put
 * a list of our own in place of what is answered. All other requests pass untouched.
 */
import { watchFetch } from './by-fetch.ts'

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

const SEARCH = '/api/v1/search/videos'
const NEWEST = '/api/v1/videos'

/** `meet` is called just before such a request is sent; what it throws changes nothing. */
export function watchRequests(meet: (request: OtherVideos) => void): void {
  const guarded: Meet = (url, request) => {
    try {
      meet({ url, isFallback: url.pathname === NEWEST, ...request })
    } catch (error) {
      console.warn('mirrorwise: “Other videos” stay as they are:', error)
    }
  }
  watchFetch(otherVideos, guarded)
  watchXhr(guarded)
}

type Meet = (url: URL, request: Omit<OtherVideos, 'url' | 'isFallback'>) => void

function watchXhr(meet: Meet): void {
  const { prototype } = XMLHttpRequest
  const own = { open: method('open'), send: method('send') }
  const asked = new WeakMap<XMLHttpRequest, URL>()
  prototype.open = function (this: XMLHttpRequest, ...said: unknown[]) {
    const url = otherVideos(said)
    if (url) asked.set(this, url)
    else asked.delete(this)
    own.open(this, said)
  }
  prototype.send = function (this: XMLHttpRequest, body) {
    const url = asked.get(this)
    const waiting = url ? met(this, url, meet) : null
    if (waiting) void waiting.then(() => own.send(this, [body]))
    else own.send(this, [body])
  }
}

/** As it was before us: the browser's own, or another script's. */
function method(name: 'open' | 'send'): (request: XMLHttpRequest, said: unknown[]) => void {
  const known: unknown = Reflect.get(XMLHttpRequest.prototype, name)
  return (request, said) => void Reflect.apply(known as () => void, request, said)
}

/** What sending has to wait for. */
function met(request: XMLHttpRequest, url: URL, meet: Meet): Promise<unknown> | null {
  const waiting: Promise<unknown>[] = []
  meet(url, {
    say: (header, value) => request.setRequestHeader(header, value),
    answerWith: (change) => {
      const replacing = change.then((made) => made && replace(request, made))
      waiting.push(replacing.catch(() => null))
    },
    answered: (then) => request.addEventListener('loadend', () => setTimeout(then)),
  })
  return waiting[0] ?? null
}

/** Null for every other request. */
function otherVideos([method, address]: unknown[]): URL | null {
  if (method !== 'GET' || !(typeof address === 'string' || address instanceof URL)) return null
  const url = new URL(address, location.href)
  const said = url.searchParams
  const isSearch =
    url.pathname === SEARCH && said.get('searchTarget') === 'local' && !said.get('search')
  const isNewest = url.pathname === NEWEST && said.get('skipCount') === 'true'
  const isOther =
    (isSearch || isNewest) && url.origin === location.origin && said.get('sort') === '-publishedAt'
  return isOther && /^\/(w|videos\/watch)\//.test(location.pathname) ? url : null
}

/** PeerTube reads `response`, as text. */
function replace(request: XMLHttpRequest, change: (text: string) => string): void {
  const own = Object.getOwnPropertyDescriptor(XMLHttpRequest.prototype, 'response')
  Object.defineProperty(request, 'response', {
    configurable: true,
    get: () => {
      const text: unknown = own?.get?.call(request)
      if (request.status !== 200 || typeof text !== 'string') return text
      try {
        return change(text)
      } catch {
        return text
      }
    },
  })
}
