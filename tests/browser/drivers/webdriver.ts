/** A client of W3C WebDriver over HTTP: a session with one page. */
import { HOPELESS_MS } from '../../web/until.ts'
import type { BrowserPage, Tab } from './page.ts'

/** A page is there once its HTML has been read: errors are collected from then on. */
const CAPABILITIES = {
  pageLoadStrategy: 'eager',
  timeouts: { pageLoad: HOPELESS_MS, script: HOPELESS_MS },
}

declare global {
  interface Window {
    complaints: string[]
  }
}

export class Session implements BrowserPage, Tab {
  readonly page = this
  readonly #url: string

  private constructor(url: string) {
    this.#url = url
  }

  static async start(driver: string): Promise<Session> {
    const capabilities = { alwaysMatch: CAPABILITIES }
    const { sessionId } = await command<{ sessionId: string }>('POST', `${driver}/session`, {
      capabilities,
    })
    return new Session(`${driver}/session/${sessionId}`)
  }

  async goto(url: string): Promise<void> {
    await command('POST', `${this.#url}/url`, { url })
    await this.evaluate(collectComplaints)
  }

  evaluate<T>(run: () => T): Promise<Awaited<T>> {
    const script = `return (${run.toString()})()`
    return command('POST', `${this.#url}/execute/sync`, { script, args: [] })
  }

  async screenshot(): Promise<Uint8Array> {
    return Buffer.from(await command<string>('GET', `${this.#url}/screenshot`), 'base64')
  }

  complaints(): Promise<string[]> {
    return this.evaluate(() => window.complaints)
  }

  async close(): Promise<void> {
    await command('DELETE', this.#url)
  }
}

/** W3C WebDriver hands out no console. */
function collectComplaints(): void {
  const complaints: string[] = (window.complaints = [])
  addEventListener('error', ({ message }) => complaints.push(message))
  addEventListener('unhandledrejection', ({ reason }) => complaints.push(String(reason)))
  console.error = (...words: unknown[]) => complaints.push(words.join(' '))
}

async function command<T>(method: string, url: string, body?: object): Promise<T> {
  const response = await fetch(url, { method, ...(body && { body: JSON.stringify(body) }) })
  const { value } = (await response.json()) as { value: T & { error: string; message: string } }
  if (!response.ok) throw new Error(`${method} ${url}: ${value.error}: ${value.message}`)
  return value
}
