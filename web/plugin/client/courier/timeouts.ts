/** Timeouts and pauses that can be called off. */

export class Timeout {
  readonly passed: Promise<'late'>
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(in_s: number) {
    this.passed = new Promise((resolve) => {
      this.#timer = setTimeout(() => resolve('late'), in_s * 1000)
    })
  }

  cancel(): void {
    clearTimeout(this.#timer)
  }
}

/** What comes first: the promise, or null after `in_s`. */
export async function withTimeout<T>(in_s: number, promise: Promise<T>): Promise<T | null> {
  const timeout = new Timeout(in_s)
  try {
    return await Promise.race([promise, timeout.passed.then(() => null)])
  } finally {
    timeout.cancel()
  }
}

const STEPS = 20

/** As `withTimeout`, but while the page is too busy to hear of anything, next to no time passes. */
export async function withPatience<T>(in_s: number, promise: Promise<T>): Promise<T | null> {
  const coming = promise.then((value) => ({ value }))
  for (let step = 0; step < STEPS; step++) {
    const come = await withTimeout(in_s / STEPS, coming)
    if (come) return come.value
  }
  return null
}

/** Waits for `s`, but no longer than until `over`. */
export function pause(s: number, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      over.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, s * 1000)
    over.addEventListener('abort', end)
    if (over.aborted) end()
  })
}
