/** Who brought how many bytes, and what they cost, where a host's bytes cost something. */
import type { HostState } from '../../contract.ts'
import type { Summary } from '../metrics/state.ts'
import { canonical } from './host-badges.ts'

/** A price of one view is too small to be read. */
const VIEWS = 1000

/** The total of a host, by any of its names. */
export function totalOf(byHost: Record<string, number>, url: string): number {
  const names = Object.keys(byHost).filter((host) => canonical(host) === url)
  return names.reduce((sum, host) => sum + (byHost[host] ?? 0), 0)
}

/** What a thousand views like this one cost, in euro. */
export function price(
  bytes: Summary['bytes'],
  hosts: { url: string; euro_per_TB: number }[],
): number {
  const each = hosts.map(({ url, euro_per_TB }) => (totalOf(bytes, url) / 1e12) * euro_per_TB)
  return VIEWS * each.reduce((sum, euro) => sum + euro, 0)
}

/** The sentence below a player; empty where no host costs anything. */
export function billOf(bytes: Summary['bytes'], hosts: HostState[]): string {
  if (hosts.every(({ euro_per_TB }) => euro_per_TB === 0)) return ''
  const parts = hosts.map(({ host, name }) => `${megabytes(totalOf(bytes, host))} from ${name}`)
  const named = hosts.map(({ host, euro_per_TB }) => ({ url: host, euro_per_TB }))
  return `${parts.join(', ')}. A thousand such views cost ${euros(price(bytes, named))}.`
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

export const euros = (euro: number): string => `${euro.toFixed(2)} €`
