/** Intercepts requests by `fetch`, which PeerTube's page uses from Angular 22 on. */
import type { Meet, Recognise, Request } from './list-request.ts'

type Change = Parameters<Request['answerWith']>[0]

/** Calls `meet` for every request whose method and address `recognise` accepts. */
export function interceptFetch(recognise: Recognise, meet: Meet): void {
  const own = window.fetch.bind(window)
  window.fetch = (...asked) => {
    const [address, init = {}] = asked
    const url = recognise([init.method ?? 'GET', address])
    if (!url) return own(...asked)
    return met(
      init,
      (request) => meet(url, request),
      (changed) => own(address, changed),
    )
  }
}

async function met(
  init: RequestInit,
  meet: (request: Request) => void,
  send: (init: RequestInit) => Promise<Response>,
): Promise<Response> {
  const headers = new Headers(init.headers)
  const listeners: (() => void)[] = []
  let wanted: Change = Promise.resolve(null)
  meet({
    say: (header, value) => headers.set(header, value),
    answerWith: (change) => {
      wanted = change.catch(() => null)
    },
    answered: (then) => listeners.push(then),
  })
  try {
    const [response, change] = await Promise.all([send({ ...init, headers }), wanted])
    return change && response.ok ? await changed(response, change) : response
  } finally {
    for (const then of listeners) setTimeout(then)
  }
}

async function changed(
  response: Response,
  change: NonNullable<Awaited<Change>>,
): Promise<Response> {
  const text = await response.clone().text()
  try {
    return new Response(change(text), { headers: { 'Content-Type': 'application/json' } })
  } catch {
    return response
  }
}
