/** Whether this browser and device can run the engine, and may download it. */

/** Hints that only Chromium gives. */
interface Hints {
  connection?: { saveData?: boolean; type?: string }
  /** In GB, rounded to a power of two. */
  deviceMemory?: number
}

/** The engine's worker takes about 110 MB. */
const LEAST_MEMORY_GB = 4
/** Network types that are billed by volume. */
const METERED = ['cellular', 'wimax']

/** Whether hls.js can play here; if not, the browser itself plays HLS and fetches segments. */
export function playsByScript(): boolean {
  return 'MediaSource' in globalThis || 'ManagedMediaSource' in globalThis
}

/** Whether the engine may be downloaded here, and can run. */
export function canRunEngine(): boolean {
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

/** Whether the browser reads a worker's `type`; the worker itself is never started. */
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
