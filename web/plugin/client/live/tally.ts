/** Counts what a live's loader fetches and sends. */
import { fileName } from '../courier/video/hosts.ts'
import type { Engine } from '../p2p-media-loader.ts'
import { MOST_SEGMENTS, type LiveSegment } from './state.ts'

export class Tally {
  fromPeers = 0
  fromOrigin = 0
  uploaded = 0
  readonly segments: LiveSegment[] = []
  readonly #peers = new Set<string>()

  get peers(): number {
    return this.#peers.size
  }

  watch(engine: Engine): void {
    engine.addEventListener('onPeerConnect', ({ peerId }) => void this.#peers.add(peerId))
    engine.addEventListener('onPeerClose', ({ peerId }) => void this.#peers.delete(peerId))
    engine.addEventListener('onChunkUploaded', (bytes) => (this.uploaded += bytes))
    engine.addEventListener('onChunkDownloaded', (bytes, source) => {
      if (source === 'p2p') this.fromPeers += bytes
      else this.fromOrigin += bytes
    })
    engine.addEventListener('onSegmentLoaded', ({ segmentUrl, bytesLength, downloadSource }) => {
      const came: Pick<LiveSegment, 'source' | 'why'> =
        downloadSource === 'p2p'
          ? { source: 'peer', why: 'peer-had-it' }
          : { source: 'origin', why: 'wanted' }
      this.#loaded({ file: fileName(segmentUrl), bytes: bytesLength, ...came })
    })
  }

  #loaded(segment: Omit<LiveSegment, 'at_s'>): void {
    this.segments.push({ ...segment, at_s: performance.now() / 1000 })
    if (this.segments.length > MOST_SEGMENTS) this.segments.shift()
  }
}
