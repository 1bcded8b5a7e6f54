/** Fetches JSON; null when that fails, so that the page stays as it is. */

/** The browser's `fetch` from before `list/fetch-interceptor.ts` wraps it. */
const ownFetch = globalThis.fetch.bind(globalThis)

/** The parsed answer; null on an error, or when it is not JSON. */
export async function fetchJson(url: string, init: RequestInit = {}): Promise<unknown> {
  try {
    const answer = await ownFetch(url, init)
    return answer.ok ? await answer.json() : null
  } catch {
    return null
  }
}
