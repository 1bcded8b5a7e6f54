/** The HTTP client of the service's API; keeps the admin token until the tab is closed. */
import type { QualityReport, Shared } from './report.ts'
import { queryOf, type View } from './view.ts'

const KEY = 'mirrorwise-admin-token'

export const keepToken = (token: string): void => sessionStorage.setItem(KEY, token)
export const hasToken = (): boolean => sessionStorage.getItem(KEY) !== null

/** Keeps the token of a link from `mirrorwise report --open`, and takes it out of the address. */
export function keepTokenOfLink(): void {
  const token = /^#token=([!-~]+)$/.exec(location.hash)?.[1]
  if (token === undefined) return
  keepToken(token)
  history.replaceState(null, '', location.pathname + location.search)
}

/** 401 or 403: the service needs the admin token, or refuses the given one. */
export class TokenNeeded extends Error {}

export async function fetchReport(view: View, signal: AbortSignal): Promise<QualityReport> {
  const response = await ask('json', view, signal)
  return (await response.json()) as QualityReport
}

/** The other instances of each mirror, for which the service may have to ask the mirrors. */
export async function fetchShared(signal: AbortSignal): Promise<Shared[]> {
  const response = await answerOf('../api/v1/operator/mirrors', { signal })
  return ((await response.json()) as { mirrors: Shared[] }).mirrors
}

export const ask = (kind: 'json' | 'csv', view: View, signal?: AbortSignal): Promise<Response> =>
  answerOf(addressOf(kind, view), { signal: signal ?? null })

/** Asks for an address; with a `body` of JSON it is a POST. */
export async function answerOf(
  address: string,
  { signal = null, body }: { signal?: AbortSignal | null; body?: string } = {},
): Promise<Response> {
  const sent = body === undefined ? {} : { method: 'POST', body }
  const type = body === undefined ? {} : { 'Content-Type': 'application/json' }
  const response = await fetch(address, {
    headers: { ...headers(), ...type },
    signal,
    cache: 'no-store',
    ...sent,
  })
  if (response.ok) return response
  const reason = await reasonOf(response)
  throw [401, 403].includes(response.status) ? new TokenNeeded(reason) : new Error(reason)
}

export const addressOf = (kind: 'json' | 'csv', view: View): string =>
  `../report.${kind}?${queryOf(view)}`

function headers(): Record<string, string> {
  const token = sessionStorage.getItem(KEY)
  return token === null ? {} : { Authorization: `Bearer ${token}` }
}

/** The reason of an error response; a proxy may answer without our JSON. */
async function reasonOf(response: Response): Promise<string> {
  const status = `The service answered ${response.status}`
  try {
    const { error } = (await response.json()) as { error: { field: string; reason: string } }
    return `${status}: ${error.field} ${error.reason}.`
  } catch {
    return `${status}.`
  }
}
