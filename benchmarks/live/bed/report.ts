/** The table of the bed: all values of each run, so that nobody has to trust a mean. */
import { mean, type Figures, type Loader } from './watching.ts'

export interface Row extends Figures {
  scenario: string
  viewers: number
  mode: 'stock' | 'mirrorwise'
  loader: Loader
}

const VERSIONS: Record<Loader, string> = { '2.2': '2.2.2', next: '2.3.1' }
const NAMES = { stock: 'PeerTube’s', mirrorwise: 'ours' }

export function report(rows: Row[]): string {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const { scenario, viewers, mode, loader } = row
    const name = `${scenario}, ${viewers} viewers | ${NAMES[mode]}, ${VERSIONS[loader]}`
    groups.set(name, [...(groups.get(name) ?? []), row])
  }
  const lines = [...groups].map(([name, group]) => `| ${[name, ...cells(group)].join(' | ')} |`)
  return [
    '# Lives in real browsers',
    '',
    'Written by `node --import tsx benchmarks/live/bed/main.ts`. One Chromium, real p2p-media-loader, ' +
      'hls.js and tracker; 800 kbit/s; 300 kB/s of uplink for each viewer, a scarce origin sends 2.5 ' +
      'copies. A copy is all of the live once; they are counted once all viewers have settled. ' +
      'Each value is one run, oldest first; stalls and their seconds are those of all viewers together.',
    '',
    '| scenario | player | copies | stalls | stalled, s | latency, s | start, s |',
    '|---|---|---|---|---|---|---|',
    ...lines.sort(),
    '',
  ].join('\n')
}

function cells(group: Row[]): string[] {
  const all = (field: keyof Figures, digits: number): string =>
    group.map((row) => (row[field] as number).toFixed(digits)).join(' ')
  const average = (field: keyof Figures): string =>
    mean(group.map((row) => row[field] as number)).toFixed(2)
  return [
    `${all('copies', 2)} (${average('copies')})`,
    all('stalls', 0),
    all('stalled_s', 1),
    average('latency_s'),
    average('startup_s'),
  ]
}
