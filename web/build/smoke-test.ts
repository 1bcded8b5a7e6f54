/** A smoke test of the engine: one visit that uses every verb of its messages. */
import type { Answer, Calls, Verb } from '../plugin/messages.ts'

/** Passes one message to an engine and returns its answer. */
export type Ask = (message: unknown) => Promise<Answer>

const ORIGIN = 'https://origin.example'
const MIRROR = 'https://mirror.example'
const NOW_S = 1_800_000_000
const TELLING = {
  now_s: NOW_S,
  context: { connection: 2, zone: 4, hours: 3 },
  terms: { epsilon: 2, hosts: 1, control: 0.05 },
}

/**
 * Plays one visit with every verb and an invalid message. The build runs it to find the modules
 * that the engine imports; the build and the tests run it to check that the shipped engine is
 * complete.
 */
export async function runSmokeTest(ask: Ask): Promise<void> {
  const call = caller(ask)
  await call('open', { seed: 1, priors: { [MIRROR]: { rate_mbps: 20 } } })
  const secret = '5f'.repeat(16)
  await call('keep_diary', { secret, diary: null })
  for (const kind of ['ok', 'ok', 'http-error', 'stall', 'corrupt'] as const) {
    const { plan, ranking } = await call('plan', {
      now_s: NOW_S,
      hosts: [ORIGIN, MIRROR],
      bytes: 1_000_000,
      segment_s: 4,
      buffer_s: 12,
      segments_left: 60,
      starting: false,
      attempt: 0,
    })
    const host = ranking[0]
    if (host === undefined) throw new Error('The engine planned without a host')
    const fetched = { plan, host, now_s: NOW_S, ttfb_s: 0.08 }
    const tried = { tried: [host], rescues: 0 }
    await call('progress', {
      ...fetched,
      ...{ body_s: 0.5, bytes: 100_000, bytes_left: 900_000, buffer_s: 11 },
      ...tried,
    })
    const end = { kind, status: kind === 'http-error' ? 503 : 206, bytes: 1_000_000, total_s: 0.6 }
    const way = { cold: false, overlapped: false, public: true }
    await call('observe', { ...fetched, ...end, ...way })
  }
  await call('explain', { now_s: NOW_S })
  const snapshot = await call('snapshot', {})
  await call('restore', { snapshot })
  await call('swarm', {
    ...{ now_s: NOW_S, segment_s: 4, bytes: 400_000, peers: 3 },
    events: [{ kind: 'late' }, { kind: 'peer', wait_s: 2 }],
  })
  await call('swarm_restore', { snapshot: await call('swarm_snapshot', {}) })
  await call('preview', TELLING)
  const { lines } = await call('tell', TELLING)
  if (lines.length !== 1) throw new Error('The engine kept no diary')
  await call('keep_diary', { secret, diary: await call('diary', {}) })
  const bad = await ask({ id: 1000, verb: 'plan', body: { hosts: 'no list' } })
  if (bad.ok || bad.id !== 1000 || !bad.error.field) {
    throw new Error(
      `A bad message should get an error that names the field: ${JSON.stringify(bad)}`,
    )
  }
}

function caller(ask: Ask) {
  let id = 0
  return async <V extends Verb>(verb: V, body: Calls[V]['body']): Promise<Calls[V]['answer']> => {
    id += 1
    const answer = (await ask({ id, verb, body })) as Answer<V>
    if (!answer.ok || answer.id !== id) {
      throw new Error(`The engine could not ${verb}: ${JSON.stringify(answer)}`)
    }
    return answer.answer
  }
}
