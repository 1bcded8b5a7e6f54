/** Measures every segment that this page fetches, without changing the responses. */
import { fileName } from '../stock/redundancy.ts'
import { beginFetch, rate_mbps, type SegmentFetch } from './state.ts'

export function observeFetches(
  onStart: (fetched: SegmentFetch, file: string, first: number | null) => void,
): void {
  const realFetch = window.fetch.bind(window)
  window.fetch = async (input, init) => {
    const request = new Request(input, init)
    if (!/\.(mp4|ts)$/.test(new URL(request.url).pathname)) return realFetch(request)
    const fetched = beginFetch(new URL(request.url).origin)
    onStart(fetched, fileName(request.url), firstByte(request))
    const started = performance.now()
    const finish = (outcome: SegmentFetch['outcome']): void => {
      fetched.outcome = request.signal.aborted ? 'aborted' : outcome
      fetched.total_s = (performance.now() - started) / 1000
      fetched.rate_mbps = rate_mbps(fetched.bytes, fetched.total_s, fetched.ttfb_s)
    }
    try {
      const response = await realFetch(request)
      fetched.status = response.status
      void count(response.clone(), fetched, started).then(
        () => finish(response.ok ? 'ok' : 'http-error'),
        () => finish('http-error'),
      )
      return response
    } catch (error) {
      finish('http-error')
      throw error
    }
  }
}

function firstByte(request: Request): number | null {
  const match = /^bytes=(\d+)-/.exec(request.headers.get('Range') ?? '')
  return match ? Number(match[1]) : null
}

async function count(copy: Response, fetched: SegmentFetch, started: number): Promise<void> {
  const reader = copy.body?.getReader()
  for (let chunk = await reader?.read(); chunk?.value; chunk = await reader?.read()) {
    fetched.ttfb_s ??= (performance.now() - started) / 1000
    fetched.bytes += chunk.value.length
  }
}
