/**
 * Recognises PeerTube's requests for "Other videos", to say in one what the viewer wants, or to put
 * a list of our own in place of what is answered. All other requests pass untouched.
 */
import { watchFetch } from './by-fetch.ts'
import { watchXhr } from './by-xhr.ts'
import type { Meet, OtherVideos } from './other-videos.ts'

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
  watchXhr(otherVideos, guarded)
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
