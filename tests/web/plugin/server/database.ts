/** A real PostgreSQL with the query interface of PeerTube's helper. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { ROOT } from '../../../../web/build/layout.ts'

export class Database {
  /** Number of queries so far. */
  queries = 0
  readonly #python = spawn(`${ROOT}.venv/bin/python`, ['-m', 'tests.web.python.database'], {
    cwd: ROOT,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  readonly #lines = createInterface(this.#python.stdout)[Symbol.asyncIterator]()

  /** Runs a query, in which `$name` stands for a value of `bind`. */
  readonly query = async (sql: string, { bind = {} }: { bind?: object } = {}): Promise<unknown> => {
    this.queries += 1
    const values = new Map<string, unknown>(Object.entries(bind))
    const literal = sql.replace(/\$(\w+)/g, (_, name: string) => quoted(values.get(name)))
    this.#python.stdin.write(`${JSON.stringify(literal)}\n`)
    return JSON.parse(String((await this.#lines.next()).value))
  }

  async stop(): Promise<void> {
    this.#python.stdin.end()
    await once(this.#python, 'exit')
  }
}

const quoted = (value: unknown) =>
  typeof value === 'number' ? String(value) : `'${String(value)}'`
