/**
 * Benchmark of faults: the scenarios of `tests/browser/faults.test.ts`, and five hosts of which
 * none is fast enough alone, beside PeerTube's own picker. Both players play at the same time.
 */
import { writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { playBeside, SCENARIOS, TOGETHER } from '../../tests/browser/fault-scenarios.ts'
import type { Summary } from '../../web/demo/page/metrics/state.ts'
import { launchChromium } from '../../web/demo/server/chromium.ts'
import { meansOf } from './means.ts'

const ROUNDS = Number(process.argv[2] ?? 3)

const browser = await launchChromium()
const rows: string[] = []
for (const [name, scenario] of Object.entries({ ...SCENARIOS, 'five slow hosts': TOGETHER })) {
  const played: Record<'PeerTube' | 'Mirrorwise', Summary[]> = { PeerTube: [], Mirrorwise: [] }
  for (let round = 0; round < ROUNDS; round++) {
    const { stock, ours } = await playBeside(browser, scenario)
    played.PeerTube.push(stock)
    played.Mirrorwise.push(ours)
    process.stderr.write(`${name}: ${round + 1} of ${ROUNDS}\n`)
  }
  for (const [player, visits] of Object.entries(played)) {
    rows.push(`| ${[name, player, ...meansOf(visits)].join(' | ')} |`)
  }
}
const chromium = browser.version()
await browser.close()

const report = `# Hosts with faults

Chromium ${chromium}, Node ${process.versions.node}; ${ROUNDS} visits each, both players at once, every visit in a new profile, measured when the player with Mirrorwise has ended; load average ${loadavg()[1]?.toFixed(1)} at the end. Means.

| hosts | player | first frame, s | stalled, s | Mbit/s | errors |
| --- | --- | --: | --: | --: | --: |
${rows.join('\n')}

That the player sees no error and plays to the end is a test; how long it stalls depends on the machine as well. Made by \`node --import tsx benchmarks/playback/faults.ts\` after \`script/build\`.
`
await writeFile(new URL('FAULTS.md', import.meta.url), report)
process.stdout.write(report)
