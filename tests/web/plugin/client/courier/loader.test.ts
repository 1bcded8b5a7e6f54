/** The courier below the real p2p-media-loader, in three versions. */
import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import type { Core as CoreClass } from 'p2p-media-loader-core'
import type { Planner } from '../../../../../web/plugin/client/courier/planner.ts'
import { until } from '../../../until.ts'
import { coreOf, VERSIONS } from '../loaders.ts'
import { Bench } from './bench.ts'
import { ScriptedPlanner } from './scripted-planner.ts'

interface Loaded {
  data: Buffer
  /** The loader's estimate, in bit/s. */
  bandwidth: number
}

class Loader {
  readonly errors: { type: string; at_ms: number }[] = []
  readonly #bench: Bench
  readonly #core: CoreClass
  readonly #began_ms = performance.now()

  private constructor(bench: Bench, Core: typeof CoreClass) {
    this.#bench = bench
    this.#core = new Core({
      ...(bench.options as object),
      // One segment at a time, so that a test knows which one is fetched.
      highDemandTimeWindow: 0,
      isP2PUploadDisabled: true,
      announceTrackers: [],
    })
    this.#core.setManifestResponseUrl(`${bench.origin.url}/videos/master.m3u8`)
    this.#core.addStreamIfNoneExists({ runtimeId: 'level', type: 'main', index: 0 })
    const segments = [0, 1, 2, 3].map((i) => ({
      runtimeId: `${i}`,
      externalId: i,
      url: bench.url,
      byteRange: bench.range(i),
      startTime: 4 * i,
      endTime: 4 * i + 4,
    }))
    this.#core.updateStream('level', segments)
    // Without a bit rate the loader would look at one time window alone.
    this.#core.setActiveLevelBitrate(1e6)
    this.#core.addEventListener('onSegmentError', ({ error }) => {
      this.errors.push({ type: error.type, at_ms: performance.now() - this.#began_ms })
    })
  }

  static async open(bench: Bench, folder: string): Promise<Loader> {
    return new Loader(bench, await coreOf(folder))
  }

  async load(segment: number): Promise<Loaded> {
    const loaded = new Promise<Loaded>((resolve, reject) => {
      void this.#core.loadSegment(`${segment}`, {
        onSuccess: ({ data, bandwidth }) => resolve({ data: Buffer.from(data), bandwidth }),
        onError: reject,
      })
    })
    // The loader fetches what is close to the playhead.
    await Promise.resolve()
    this.#core.updatePlayback(4 * segment, 1)
    return loaded
  }

  async delivers(segment: number): Promise<number> {
    const { data, bandwidth } = await this.load(segment)
    const { start, end } = this.#bench.range(segment)
    assert.ok(data.equals(this.#bench.video.subarray(start, end + 1)), 'the right bytes')
    return bandwidth
  }

  close(): void {
    this.#core.destroy()
  }
}

/** Compares the estimate with the rate that the same run measured, as a busy machine is slower. */
function assertNear(estimate: number, measured: number, least: number, most: number): void {
  const words = `${estimate / 1e6} Mbit/s, measured ${measured / 1e6}`
  assert.ok(estimate > least * measured && estimate < most * measured, words)
}

describe('below the real loader', { concurrency: 2 }, () => {
  for (const [version, folder] of Object.entries(VERSIONS)) {
    describe(`p2p-media-loader ${version}`, { concurrency: 1 }, () => {
      let bench: Bench
      let loader: Loader
      const open = async (mirrors = 2, planner?: Planner): Promise<void> => {
        bench = await Bench.open({ mirrors, ...(planner && { planner }) })
        loader = await Loader.open(bench, folder)
      }
      afterEach(async () => {
        loader.close()
        await bench.close()
      })

      /** The rate of each fetch of this test. */
      const rates_bps = (): number[] =>
        bench.outcomes.map(({ bytes, total_s }) => (8 * bytes) / total_s)

      for (const fault of [
        'none',
        'http-503',
        'refuse',
        'silent',
        'cut',
        'freeze',
        'flip',
      ] as const) {
        test(`sees no error when a host suffers from ${fault}`, async () => {
          await open()
          bench.degrade(0, { fault })
          await loader.delivers(0)
          await loader.delivers(1)
          assert.deepEqual(loader.errors, [])
        })
      }

      test('is told of a failure after 3 s, and then gets its segment', async () => {
        await open(0)
        bench.degrade(0, { fault: 'http-503' })
        const loading = loader.delivers(0)
        await until(() => loader.errors.length > 0)
        bench.degrade(0, { fault: 'none' })
        await loading
        assert.equal(loader.errors.length, 1)
        const [error] = loader.errors
        assert.ok(error && error.at_ms > 2990, JSON.stringify(error))
      })

      test('resumes after a failure in the body, and the joined segment is right', async () => {
        await open(0)
        bench.degrade(0, { fault: 'cut' })
        bench.load.events.on(({ type }) => {
          if (type === 'fetched' && loader.errors.length === 0) {
            bench.degrade(0, { fault: 'http-503' })
          }
        })
        const loading = loader.delivers(0)
        await until(() => loader.errors.length > 0)
        bench.degrade(0, { fault: 'none' })
        await loading
        assert.equal(loader.errors.length, 1)
        const { start, end } = bench.range(0)
        assert.equal(bench.origin.requests.at(-1)?.range, `bytes=${start + 200_000}-${end}`)
      })

      test('waits for a lone host that takes longer than the loader’s own patience', async () => {
        await open(0)
        bench.degrade(0, { latency_ms: 4500 })
        await loader.delivers(0)
        assert.deepEqual(loader.errors, [])
      })

      test('gives up a segment that no host serves, and no request stays open', async () => {
        await open()
        for (const host of [0, 1, 2]) bench.degrade(host, { fault: 'http-503' })
        await assert.rejects(loader.load(0))
        await until(() => bench.hosts.every((host) => host.serving.length === 0))
      })

      test('estimates the hosts’ bandwidth, also after repairs', async () => {
        await open()
        bench.prefer(1)
        for (const host of [0, 1, 2]) bench.degrade(host, { rate_kBps: 1000 })
        bench.degrade(1, { fault: 'flip' })
        for (const segment of [0, 1]) {
          const bandwidth = await loader.delivers(segment)
          assertNear(bandwidth, Math.max(...rates_bps()), 0.375, 2)
        }
      })

      test('estimates for a split the bandwidth of all its hosts, and plays it in order', async () => {
        const shares = [0, 1].map((host) => ({ host, share: 0.5 }))
        await open(1, new ScriptedPlanner({ shares }))
        for (const host of [0, 1]) bench.degrade(host, { rate_kBps: 100 })
        const bandwidth = await loader.delivers(0)
        const together_bps = rates_bps().reduce((sum, rate_bps) => sum + rate_bps, 0)
        // On a busy machine they send less than they may. A burst would look like far more than that.
        const allowed_bps = 2 * 100 * 8000
        const words = `${bandwidth} bit/s of ${together_bps} measured and ${allowed_bps} allowed`
        assert.ok(bandwidth > 0.5 * together_bps && bandwidth < 1.125 * allowed_bps, words)
      })
    })
  }
})
