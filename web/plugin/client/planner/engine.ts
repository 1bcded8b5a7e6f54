/** The client of the engine's worker: each call is one request message and one answer. */
import type { Answer, Calls, Hello, Request, Verb } from '../../messages.ts'

/** Watchdog timeout: a worker that leaves a call open for this long is given up. */
const SILENT_MS = 10_000

export type EngineState = 'off' | 'loading' | 'ready' | 'failed'

export type WorkerPort = Pick<Worker, 'addEventListener' | 'postMessage' | 'terminate'>

interface Call {
  verb: Verb
  resolve: (answer: Calls[Verb]['answer']) => void
  reject: (reason: Error) => void
  watchdog: ReturnType<typeof setTimeout>
}

export class Engine {
  /** Resolves when Python runs; rejects when it cannot start. */
  readonly ready: Promise<void>
  /** Resolves with the reason when the engine has failed; it is not started again. */
  readonly failed: Promise<string>
  hasEnded = false
  readonly #worker: WorkerPort
  readonly #calls = new Map<number, Call>()
  #lastId = 0
  #fail!: (reason: string) => void

  constructor(worker: WorkerPort) {
    this.#worker = worker
    this.failed = new Promise((resolve) => (this.#fail = resolve))
    this.ready = new Promise((resolve, reject) => {
      worker.addEventListener('message', (event) => {
        const message = event.data as Hello | Answer
        if (!('hello' in message)) this.#hear(message)
        else if (message.hello === 'ready') resolve()
        else this.fail(message.reason)
      })
      void this.failed.then((reason) => reject(new Error(reason)))
    })
    this.ready.catch(() => undefined)
    worker.addEventListener('error', () => this.fail('the worker could not run'))
    worker.addEventListener('messageerror', () => this.fail('the worker sent what cannot be read'))
  }

  /** Calls the engine; rejects when the engine refuses the message or has failed. */
  call<V extends Verb>(verb: V, body: Calls[V]['body']): Promise<Calls[V]['answer']> {
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      const watchdog = setTimeout(() => this.fail(`no answer to ${verb}`), SILENT_MS)
      // The worker guarantees that the answer fits the verb; this is not checked here.
      this.#calls.set(id, { verb, resolve: resolve, reject, watchdog })
      const request: Request<V> = { id, verb, body }
      this.#worker.postMessage(request)
    })
  }

  /** Ends the engine for good. */
  fail(reason: string): void {
    this.hasEnded = true
    this.#worker.terminate()
    this.#fail(reason)
    for (const id of this.#calls.keys()) this.#close(id)?.reject(new Error(reason))
  }

  #hear(message: Answer): void {
    const call = this.#close(message.id)
    if (!call) return
    if (message.ok) call.resolve(message.answer)
    else call.reject(new Error(`${call.verb}: ${message.error.field} ${message.error.reason}`))
  }

  #close(id: number): Call | undefined {
    const call = this.#calls.get(id)
    clearTimeout(call?.watchdog)
    this.#calls.delete(id)
    return call
  }
}
