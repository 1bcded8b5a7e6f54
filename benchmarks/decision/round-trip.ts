/** Measures the latency of plans from the engine's worker; runs in the page. */
import type { Answer, Calls, Hello, Verb } from '../../web/plugin/messages.ts'

const NOW_S = 1_800_000_000
const SEGMENT_S = 4
const WARM_UP = 300

/**
 * Round-trip times of plans from page to worker to page, in ms. Each plan gets an outcome before
 * the next, untimed, so that the engine knows its hosts as in the middle of a video.
 */
export async function roundTrips(path: string, hosts: number, rounds: number): Promise<number[]> {
  const ask = await openEngine(path)
  const names = Array.from({ length: hosts }, (_, index) => `https://host-${index}.example`)
  await ask('open', { seed: 1, priors: {} })
  const durations: number[] = []
  for (let round = 0; round < WARM_UP + rounds; round += 1) {
    const now_s = NOW_S + round * SEGMENT_S
    const start = performance.now()
    const { plan, ranking } = await ask('plan', {
      ...{ now_s, hosts: names, bytes: 1_000_000, segment_s: SEGMENT_S, buffer_s: 12 },
      ...{ segments_left: 60, starting: false, attempt: 0 },
    })
    durations.push(performance.now() - start)
    await ask('observe', {
      ...{ plan, host: ranking[0] ?? '', now_s: now_s + 1, kind: 'ok', status: 206 },
      ...{
        ttfb_s: 0.08,
        total_s: 0.8,
        bytes: 1_000_000,
        cold: false,
        overlapped: false,
        public: false,
      },
    })
  }
  return durations.slice(WARM_UP)
}

type Call = <V extends Verb>(verb: V, body: Calls[V]['body']) => Promise<Calls[V]['answer']>

async function openEngine(path: string): Promise<Call> {
  const engine = new Worker(path, { type: 'module' })
  const next = () =>
    new Promise<unknown>((resolve, reject) => {
      engine.onmessage = ({ data }) => resolve(data)
      engine.onerror = () => reject(new Error('the worker did not load'))
    })
  const hello = (await next()) as Hello
  if (hello.hello === 'failed') throw new Error(hello.reason)
  return async (verb, body) => {
    engine.postMessage({ id: 1, verb, body })
    const answer = (await next()) as Answer<typeof verb>
    if (!answer.ok) throw new Error(`${verb}: ${answer.error.field} ${answer.error.reason}`)
    return answer.answer
  }
}
