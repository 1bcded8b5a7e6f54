/** The terms of reports, from the admin's settings; `selector/telemetry/terms.py` reads them. */
import type { Settings } from './settings.ts'

export interface Terms {
  /** ε of all reports of one viewer and day together. */
  epsilon: number
  /** Most hosts that one viewer reports about per day; they share ε. */
  hosts: number
  /** Share of viewers in the control group, for which PeerTube picks the hosts. */
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
