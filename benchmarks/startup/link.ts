/** Simulates an access link on the server: bandwidth and round-trip time. */
import type { Send } from '../../tests/web/build/asset-server.ts'

const PIECE_BYTES = 16_384

/** Timers fire a millisecond or two late; the link makes up for delays of up to this. */
const CREDIT_MS = 20

/**
 * Delays every response by the round-trip time, and shares the bandwidth among all responses.
 * Slow start and the round trips of the handshake are not modelled.
 */
export function throughLink({ mbps, rtt_s }: { mbps: number; rtt_s: number }): Send {
  let free_ms = 0
  const piece: (...args: [...Parameters<Send>, number]) => void = (response, body, offset) => {
    const now = performance.now()
    const sent = body.subarray(offset, offset + PIECE_BYTES)
    free_ms = Math.max(free_ms, now - CREDIT_MS) + (sent.length * 8) / (mbps * 1000)
    setTimeout(() => {
      response.write(sent)
      if (offset + PIECE_BYTES < body.length) piece(response, body, offset + PIECE_BYTES)
      else response.end()
    }, free_ms - now)
  }
  return (response, body) => void setTimeout(() => piece(response, body, 0), rtt_s * 1000)
}
