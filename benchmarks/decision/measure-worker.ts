/** Runs `engine.py` in the shipped Python, in a browser's worker. */
import { importFrom, writeFile } from '../../web/build/python.ts'
import { boot, type Assets } from '../../web/plugin/worker/boot.ts'

/** Defined by the bundler. */
declare const __MIRRORWISE_ASSETS__: Assets

/** Costs for one number of hosts, by name. */
export type Costs = Record<string, number>

export interface MeasureOrder {
  /** Text of `engine.py`. */
  source: string
  hosts: number[]
  rounds: number
}

interface Measure {
  measure: (hosts: number, rounds: number) => { toJs: (options: object) => Costs }
}

addEventListener('message', ({ data }: MessageEvent<MeasureOrder>) => {
  measure(data).then(postMessage, (error: unknown) => postMessage(String(error)))
})

async function measure({ source, hosts, rounds }: MeasureOrder): Promise<Costs[]> {
  const python = await boot(__MIRRORWISE_ASSETS__)
  writeFile(python, '/benchmark/engine.py', new TextEncoder().encode(source))
  importFrom(python, '/benchmark')
  const engine = python.pyimport('engine') as Measure
  return hosts.map((count) =>
    engine.measure(count, rounds).toJs({ dict_converter: Object.fromEntries }),
  )
}
