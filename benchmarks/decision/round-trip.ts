import type { Page } from 'playwright-core'
import type { Answer, Calls, Verb } from '../../web/plugin/messages.ts'

const NOW_S = 1_800_000_000
const SEGMENT_S = 4
const WARM_UP = 300

/**
 * Durations of trips of a plan, page to worker to page, in ms. Each plan is carried out and
 * observed before the next, untimed, so that the engine knows its hosts as in the middle of
 * a video.
 */
export const roundTrips = (page: Page, hosts: number, rounds: number): Promise<number[]> =>
  page.evaluate(
    async ({ hosts, rounds, warmUp, NOW_S, SEGMENT_S }) => {
      const { engine } = globalThis as unknown as { engine: Worker }
      const ask = <V extends Verb>(verb: V, body: Calls[V]['body']) =>
        new Promise<Calls[V]['answer']>((resolve, reject) => {
          engine.onmessage = ({ data }: MessageEvent<Answer<V>>) => {
            if (data.ok) resolve(data.answer)
            else reject(new Error(`${verb}: ${data.error.field} ${data.error.reason}`))
          }
          engine.postMessage({ id: 1, verb, body })
        })
      const names = Array.from({ length: hosts }, (_, index) => `https://host-${index}.example`)
      await ask('open', { seed: 1, now_s: NOW_S, priors: {} })
      const durations: number[] = []
      for (let round = 0; round < warmUp + rounds; round += 1) {
        const now_s = NOW_S + round * SEGMENT_S
        const start = performance.now()
        const { plan, ranking } = await ask('plan', {
          ...{ now_s, hosts: names, bytes: 1_000_000, segment_s: SEGMENT_S, buffer_s: 12 },
          ...{ segments_left: 60, starting: false, attempt: 0 },
        })
        durations.push(performance.now() - start)
        await ask('observe', {
          ...{ plan, host: ranking[0] ?? '', now_s: now_s + 1, kind: 'ok', status: 206 },
          ...{ ttfb_s: 0.08, total_s: 0.8, bytes: 1_000_000, cold: false, overlapped: false },
        })
      }
      return durations.slice(warmUp)
    },
    { hosts, rounds, warmUp: WARM_UP, NOW_S, SEGMENT_S },
  )
