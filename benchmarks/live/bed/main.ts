/**
 * Measures lives in real browsers: PeerTube's player beside ours, on the loader that PeerTube ships
 * and on the newest, in turn and back (ABBA). Writes `benchmarks/live/BED.md` after each run.
 *
 * Not calibrated yet: eight viewers of PeerTube's player took 7 copies here on a busy machine, and
 * some 3 where they were measured before. Compare its columns, and quote no single figure.
 *
 *     node --import tsx benchmarks/live/bed/main.ts [--viewers 8] [--pairs 5] [--live 80]
 *         [--only rich,scarce] [--loaders 2.2,next] [--to FILE]
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { launchChromium } from '../../../web/demo/server/chromium.ts'
import { report, type Row } from './report.ts'
import { scenarios } from './scenarios.ts'
import { watchLive, type Loader } from './watching.ts'

const { values } = parseArgs({
  options: {
    viewers: { type: 'string', default: '8' },
    pairs: { type: 'string', default: '5' },
    live: { type: 'string', default: '80' },
    only: { type: 'string', default: '' },
    modes: { type: 'string', default: 'stock,mirrorwise' },
    loaders: { type: 'string', default: '2.2,next' },
    to: { type: 'string', default: 'benchmarks/live/BED.md' },
    log: { type: 'string', default: '.cache/live-bed.jsonl' },
  },
})

const loaders = values.loaders.split(',') as Loader[]
const chosen = scenarios(Number(values.viewers), Number(values.live))
const names = values.only === '' ? Object.keys(chosen) : values.only.split(',')
const inTurn = (values.modes.split(',') as ('stock' | 'mirrorwise')[]).flatMap((mode) =>
  loaders.map((loader) => ({ mode, loader })),
)

const rows: Row[] = existsSync(values.log)
  ? readFileSync(values.log, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row)
  : []
for (let pair = 0; pair < Number(values.pairs); pair++) {
  for (const name of names) {
    const setup = chosen[name]
    if (!setup) throw new RangeError(`--only: one of ${Object.keys(chosen).join(', ')}`)
    for (const { mode, loader } of pair % 2 === 0 ? inTurn : inTurn.toReversed()) {
      // A new browser each time, so that no run inherits the memory of the one before.
      const browser = await launchChromium()
      const figures = await watchLive(browser, setup, loader, mode)
      await browser.close()
      const row = { scenario: name, viewers: setup.viewers, mode, loader, ...figures }
      rows.push(row)
      appendFileSync(values.log, `${JSON.stringify(row)}\n`)
      console.log(
        JSON.stringify(row, (_, v: unknown) => (typeof v === 'number' ? +v.toFixed(2) : v)),
      )
      writeFileSync(values.to, report(rows))
    }
  }
}
