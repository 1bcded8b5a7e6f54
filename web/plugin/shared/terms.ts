/** On what terms players report: what `selector/telemetry/terms.py` reads. */
import type { Settings } from './settings.ts'

export interface Terms {
  /** Of all that one viewer tells on one day. */
  epsilon: number
  /** Hosts told of on one day at most; they share ε. */
  hosts: number
  /** Share of viewers who choose as PeerTube does. */
  control: number
}

/** One host: two at half the ε tell less (`benchmarks/reports`). */
const HOSTS = 1

export const termsOf = (settings: Settings): Terms => ({
  epsilon: settings.epsilon,
  hosts: HOSTS,
  control: settings['control-percent'] / 100,
})

/** What one report's ε may be. */
export const epsilonsOf = ({ epsilon, hosts }: Terms) =>
  Array.from({ length: hosts }, (_, i) => epsilon / (i + 1))
