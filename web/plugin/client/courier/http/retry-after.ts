/** `Retry-After`: a host that asks for a pause is left alone for that time, within bounds. */
import type { Host } from '../../../messages.ts'

/** Whatever a host asks for, it is tried again after ten minutes. */
const MAX_PAUSE_S = 600

/** The pause that the headers ask for; null when there is none, or it cannot be read. */
export function retryAfter_s(headers: Headers): number | null {
  const value = headers.get('Retry-After')?.trim() ?? ''
  const wanted_s = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000
  return wanted_s > 0 ? Math.min(wanted_s, MAX_PAUSE_S) : null
}

/** Hosts that have asked for a pause. */
export class PausedHosts {
  readonly #until_ms = new Map<Host, number>()

  pause(host: Host, for_s: number): void {
    this.#until_ms.set(host, performance.now() + for_s * 1000)
  }

  has(host: Host): boolean {
    return performance.now() < (this.#until_ms.get(host) ?? 0)
  }
}
