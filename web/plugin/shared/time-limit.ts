/**
 * Aborts work that takes too long, or with `outer`; `AbortSignal.timeout` came with Safari 16, and
 * `AbortSignal.any` with 17.4.
 */
export async function timeLimit<T>(
  in_ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  outer?: AbortSignal,
): Promise<T> {
  const over = new AbortController()
  const stop = (): void => over.abort()
  const timer = setTimeout(stop, in_ms)
  outer?.addEventListener('abort', stop)
  if (outer?.aborted) stop()
  try {
    return await work(over.signal)
  } finally {
    clearTimeout(timer)
    outer?.removeEventListener('abort', stop)
  }
}
