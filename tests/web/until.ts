/** Waits for a condition; the bound only ends a wait that is hopeless. */
import { setTimeout as sleep } from 'node:timers/promises'

/** For whatever a test waits for: many times what it takes on a busy machine. */
export const HOPELESS_MS = 300_000
const LOOK_EVERY_MS = 20

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const late = AbortSignal.timeout(HOPELESS_MS)
  while (!(await holds())) {
    if (late.aborted) throw new Error(`not within ${HOPELESS_MS / 1000} s: ${holds.toString()}`)
    await sleep(LOOK_EVERY_MS)
  }
}
