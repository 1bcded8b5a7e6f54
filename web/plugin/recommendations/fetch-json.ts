/** What is asked for, and may fail: then things stay as they are. */

/** As it was before `by-fetch.ts` listens: what we ask is none of PeerTube's page's requests. */
const ownFetch = globalThis.fetch.bind(globalThis)

/** Null for whatever is not answered with JSON. */
export async function asJson(url: string, init: RequestInit = {}): Promise<unknown> {
  try {
    const answer = await ownFetch(url, init)
    return answer.ok ? await answer.json() : null
  } catch {
    return null
  }
}
