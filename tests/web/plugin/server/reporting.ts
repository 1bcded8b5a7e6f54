/** Helpers for tests of the router: reports and requests. */
import { today } from '../../../../web/plugin/server/daily-counters.ts'
import type { PeerTube } from './peertube.ts'

export const MIRROR = 'https://mirror.example'

export const query =
  (...origins: string[]) =>
  () =>
    Promise.resolve(origins.map((origin) => ({ origin, mirrors: true })))

export const aReport = (more: Record<string, unknown> = {}) => ({
  ...{
    day: today(),
    host: MIRROR,
    epsilon: 2,
    connection: 2,
    zone: 4,
    hours: 3,
    control: 0,
    ttfb: 3,
  },
  ...more,
})

export interface Answer {
  status: number
  said: Record<string, unknown>
}

export async function post(
  peertube: PeerTube,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${peertube.router}/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await response.text()
  return { status: response.status, said: text ? (JSON.parse(text) as Answer['said']) : {} }
}

export const report = (peertube: PeerTube, ...reports: unknown[]) =>
  post(peertube, 'reports', { reports })

export async function ask(peertube: PeerTube, path: string, session?: string): Promise<Answer> {
  const headers: Record<string, string> = session ? { Authorization: `Bearer ${session}` } : {}
  const response = await fetch(`${peertube.router}/${path}`, { headers })
  const text = await response.text()
  return { status: response.status, said: text ? (JSON.parse(text) as Answer['said']) : {} }
}

export const ADMINISTRATOR = 'administrator-session'
export const health = async (peertube: PeerTube) =>
  (await ask(peertube, 'health', ADMINISTRATOR)).said
