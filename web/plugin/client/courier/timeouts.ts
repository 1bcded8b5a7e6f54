/** Timeouts and pauses that can be cancelled. */

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

/** The promise's value, or null if it takes longer than `in_s`. */
export async function withTimeout<T>(in_s: number, promise: Promise<T>): Promise<T | null> {
  const timeout = new Timeout(in_s)
  try {
    return await Promise.race([promise, timeout.passed.then(() => null)])
  } finally {
    timeout.cancel()
  }
}

const STEPS = 20

/** Like `withTimeout`, but time in which the page's event loop is blocked hardly counts. */
export async function withPatience<T>(in_s: number, promise: Promise<T>): Promise<T | null> {
  const coming = promise.then((value) => ({ value }))
  for (let step = 0; step < STEPS; step++) {
    const come = await withTimeout(in_s / STEPS, coming)
    if (come) return come.value
  }
  return null
}

/** Waits for `s`, or until `over` is aborted. */
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
