/** The terms of reports, from the admin's settings; `selector/telemetry/terms.py` reads them. */
import type { Settings } from './settings.ts'

export interface Terms {
  /** Of all that one viewer tells on one day. */
  epsilon: number
  /** Hosts told of on one day at most; they share ε. */
  hosts: number
  /** Share of viewers who choose as PeerTube does. */
  control: number
}

/** One host a day: two at half the ε give less information (`benchmarks/reports`). */
const HOSTS = 1

export const termsOf = (settings: Settings): Terms => ({
  epsilon: settings.epsilon,
  hosts: HOSTS,
  control: settings['control-percent'] / 100,
})

/** The values of ε that a report may have. */
export const epsilonsOf = ({ epsilon, hosts }: Terms) =>
  Array.from({ length: hosts }, (_, i) => epsilon / (i + 1))
