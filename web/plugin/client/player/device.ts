/** What this browser can do, and what its owner wants to spend. */

/** As Chromium tells it; other browsers do not. */
interface Hints {
  connection?: { saveData?: boolean; type?: string }
  /** In GB, rounded to a power of two. */
  deviceMemory?: number
}

/** The engine's worker takes about 110 MB. */
const LEAST_MEMORY_GB = 4
/** Networks that are paid by volume. */
const METERED = ['cellular', 'wimax']

/** hls.js plays here; where it cannot, the browser fetches segments by itself. */
export function playsByScript(): boolean {
  return 'MediaSource' in globalThis || 'ManagedMediaSource' in globalThis
}

/** Whether the engine may be downloaded, and can run. */
export function bearsEngine(): boolean {
  const { connection, deviceMemory = LEAST_MEMORY_GB } = navigator as Hints
  return (
    !connection?.saveData &&
    !METERED.includes(connection?.type ?? '') &&
    !matchMedia('(prefers-reduced-data: reduce)').matches &&
    deviceMemory >= LEAST_MEMORY_GB &&
    typeof WebAssembly === 'object' &&
    runsModuleWorkers()
  )
}

/** A browser that knows module workers asks for the type; the worker itself is never started. */
function runsModuleWorkers(): boolean {
  let asked = false
  const options: WorkerOptions = {
    get type() {
      asked = true
      return 'module' as const
    },
  }
  try {
    new Worker('blob:', options).terminate()
  } catch {
    // Chromium refuses the address after it has read the options.
  }
  return asked
}
