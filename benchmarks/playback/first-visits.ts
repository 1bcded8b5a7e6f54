/**
 * Benchmark of first visits, without memory: 24 s of video on five kinds of fleets, beside
 * PeerTube's own picker. The hosts serve each of the two players as if it were alone.
 */
import { writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import type { Browser } from 'playwright-core'
import { arrive, watch, type Viewing } from '../../tests/browser/viewing.ts'
import type { Summary } from '../../web/demo/page/metrics/state.ts'
import { launchChromium } from '../../web/demo/server/chromium.ts'
import type { Conditions } from '../../web/demo/server/conditions.ts'
import { startFleet, type Fleet, type FleetOptions } from '../../web/demo/server/fleet.ts'
import { meansOf } from './means.ts'

const ROUNDS = Number(process.argv[2] ?? 4)
const PATIENCE_S = 90
const NEAR: Partial<Conditions> = { latency_ms: 20, jitter_ms: 5, rate_kBps: 3000 }
const FAR: Partial<Conditions> = { latency_ms: 150, jitter_ms: 20, rate_kBps: 300 }
const LITTLE: Partial<Conditions> = { ...NEAR, rate_kBps: 200 }
const FLEETS: Record<string, FleetOptions> = {
  'origin near, mirror far': { origin: NEAR, mirrors: [FAR] },
  'origin far, mirror near': { origin: FAR, mirrors: [NEAR] },
  'three hosts of 200 kB/s': { origin: LITTLE, mirrors: [LITTLE, LITTLE] },
  'a mirror of 40 kB/s': { origin: NEAR, mirrors: [{ ...NEAR, rate_kBps: 40 }] },
  'a mirror that never answers': { origin: NEAR, mirrors: [{ ...NEAR, fault: 'silent' }] },
}
const MODES = { stock: '127.0.0.1', mirrorwise: 'localhost' } as const
type Mode = keyof typeof MODES

async function visit(browser: Browser, fleet: Fleet, mode: Mode): Promise<Viewing> {
  const viewer = await arrive(browser)
  const viewing = await watch(viewer, fleet.playerUrl({ mode }, MODES[mode]), PATIENCE_S)
  await viewer.context.close()
  return viewing
}

function row(fleet: string, mode: Mode, visits: Summary[]): string {
  const player = mode === 'stock' ? 'PeerTube' : 'Mirrorwise'
  return `| ${[fleet, player, ...meansOf(visits, PATIENCE_S)].join(' | ')} |`
}

const browser = await launchChromium()
const rows: string[] = []
for (const [name, options] of Object.entries(FLEETS)) {
  const visits: Record<Mode, Summary[]> = { stock: [], mirrorwise: [] }
  for (let round = 0; round < ROUNDS; round++) {
    const fleet = await startFleet({ video: 'short', ...options })
    const play = async (mode: Mode): Promise<number> =>
      visits[mode].push(await visit(browser, fleet, mode))
    await Promise.all([play('stock'), play('mirrorwise')])
    await fleet.stop()
    process.stderr.write(`${name}: ${round + 1} of ${ROUNDS}\n`)
  }
  rows.push(row(name, 'stock', visits.stock), row(name, 'mirrorwise', visits.mirrorwise))
}
const chromium = browser.version()
await browser.close()

const report = `# The first visit

Chromium ${chromium}, Node ${process.versions.node}; ${ROUNDS} visits each, both players at once, every visit in a new profile; load average ${loadavg()[1]?.toFixed(1)} at the end. Means.

| hosts | player | first frame, s | stalled, s | Mbit/s | errors |
| --- | --- | --: | --: | --: | --: |
${rows.join('\n')}

Nothing is remembered and nobody has told of the hosts. The engine comes after the first frame; until then the fallback decides. Made by \`node --import tsx benchmarks/playback/first-visits.ts\` after \`script/build\`.
`
await writeFile(new URL('FIRST-VISITS.md', import.meta.url), report)
process.stdout.write(report)
