/**
 * Intercepts PeerTube's requests for "Other videos", to add a header or to replace the answer. All
 * other requests pass untouched.
 */
import { interceptFetch } from './fetch-interceptor.ts'
import { interceptXhr } from './xhr-interceptor.ts'
import type { Meet, ListRequest } from './list-request.ts'

const SEARCH = '/api/v1/search/videos'
const NEWEST = '/api/v1/videos'

/** Calls `meet` just before such a request is sent; an exception in `meet` changes nothing. */
export function interceptRequests(meet: (request: ListRequest) => void): void {
  const guarded: Meet = (url, request) => {
    try {
      meet({ url, isFallback: url.pathname === NEWEST, ...request })
    } catch (error) {
      console.warn('mirrorwise: “Other videos” stay as they are:', error)
    }
  }
  interceptFetch(otherVideos, guarded)
  interceptXhr(otherVideos, guarded)
}

/** The address of a request for "Other videos"; null for every other request. */
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
