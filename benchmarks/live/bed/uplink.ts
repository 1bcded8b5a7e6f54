/**
 * Limits what a page sends by its data channels, all together, to a rate: browsers cannot do so.
 * Messages wait in the page, and count as buffered, as they would in front of a slow modem.
 */
declare global {
  interface Window {
    /** Bytes sent to peers. */
    toPeers?: number
  }
}

/** Runs in the page, before its own scripts. */
export function shapeUplink(rate_Bps: number): void {
  window.toPeers = 0
  const buffered = Object.getOwnPropertyDescriptor(RTCDataChannel.prototype, 'bufferedAmount')
  const plain = Reflect.get(RTCDataChannel.prototype, 'send') as (
    this: RTCDataChannel,
    data: unknown,
  ) => void
  type Message = { data: unknown; bytes: number }
  const queues = new Map<RTCDataChannel, Message[]>()
  const waits = (channel: RTCDataChannel): number =>
    (queues.get(channel) ?? []).reduce((sum, { bytes }) => sum + bytes, 0)
  let isBusy = false
  // Connections share an uplink: one message each in turn.
  const next = (): void => {
    const [first] = queues
    isBusy = first !== undefined
    if (!first) return
    const [channel, queue] = first
    const { data, bytes } = queue[0] as Message
    setTimeout(
      () => {
        const before = waits(channel)
        queue.shift()
        queues.delete(channel)
        if (queue.length > 0 && channel.readyState === 'open') queues.set(channel, queue)
        window.toPeers = (window.toPeers ?? 0) + bytes
        if (channel.readyState === 'open') plain.call(channel, data)
        const low = channel.bufferedAmountLowThreshold
        if (before > low && before - bytes <= low)
          channel.dispatchEvent(new Event('bufferedamountlow'))
        next()
      },
      (bytes / rate_Bps) * 1000,
    )
  }
  Object.defineProperty(RTCDataChannel.prototype, 'bufferedAmount', {
    configurable: true,
    get(this: RTCDataChannel) {
      return waits(this) + (buffered?.get?.call(this) as number)
    },
  })
  RTCDataChannel.prototype.send = function (
    this: RTCDataChannel,
    data: string | ArrayBuffer | Blob | ArrayBufferView,
  ): void {
    const bytes = data instanceof ArrayBuffer || ArrayBuffer.isView(data) ? data.byteLength : 0
    // The sender may use its memory again.
    const copy = ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice()
      : data
    const queue = queues.get(this) ?? []
    queue.push({ data: copy, bytes })
    queues.set(this, queue)
    if (!isBusy) next()
  }
}
