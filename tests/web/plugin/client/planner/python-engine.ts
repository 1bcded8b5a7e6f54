/** Runs the engine in a Python process behind the interface of a worker. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { WorkerPort } from '../../../../../web/plugin/client/planner/engine.ts'
import type { EngineState } from '../../../../../web/plugin/client/planner/engine.ts'
import type { PagePlanner } from '../../../../../web/plugin/client/planner/planner.ts'
import { ROOT } from '../../../../../web/build/layout.ts'

/** The real engine, in a Python process instead of a worker. */
export function pythonEngine(): WorkerPort {
  const near = new EventTarget()
  const say = (data: unknown): boolean => near.dispatchEvent(new MessageEvent('message', { data }))
  const loop = 'import sys\nfor line in sys.stdin: print(handle(line), flush=True)'
  const python = spawn('python3', ['-c', `from selector.browser import handle\n${loop}`], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  createInterface(python.stdout).on('line', (line) => say(JSON.parse(line)))
  python.once('spawn', () => say({ hello: 'ready', ready_ms: 0 }))
  python.once('exit', () => near.dispatchEvent(new Event('error')))
  return {
    addEventListener: near.addEventListener.bind(near),
    postMessage: (message: unknown) => python.stdin.write(`${JSON.stringify(message)}\n`),
    terminate: () => python.kill(),
  }
}

export async function becomes(planner: PagePlanner, state: EngineState): Promise<void> {
  if (planner.state === state) return
  await new Promise<void>((resolve) => {
    planner.states.on((now) => {
      if (now === state) resolve()
    })
  })
}
