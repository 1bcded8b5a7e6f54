/** Waits for a condition; the bound only ends hopeless waits. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Time limit of any wait in tests: many times the duration on a busy machine. */
export const HOPELESS_MS = 300_000
const LOOK_EVERY_MS = 20

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const late = AbortSignal.timeout(HOPELESS_MS)
  while (!(await holds())) {
    if (late.aborted) throw new Error(`not within ${HOPELESS_MS / 1000} s: ${holds.toString()}`)
    await sleep(LOOK_EVERY_MS)
  }
}
