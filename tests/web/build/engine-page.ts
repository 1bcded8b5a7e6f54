/** Runs the engine's worker in a page of Chromium. */
import type { Page } from 'playwright-core'
import type { Answer, Hello } from '../../../web/plugin/messages.ts'

/** Globals of the page, which stay between two calls of `page.evaluate`. */
interface EnginePage {
  engine: Worker
}

/** Starts the engine's worker in a page and waits for its first message. */
export const startEngine = (page: Page, worker: string): Promise<Hello> =>
  page.evaluate(
    (url) =>
      new Promise<Hello>((resolve, reject) => {
        const engine = new Worker(url, { type: 'module' })
        Object.assign(globalThis, { engine } satisfies EnginePage)
        engine.onmessage = ({ data }) => resolve(data as Hello)
        engine.onerror = ({ message }) => reject(new Error(message || 'the worker did not load'))
      }),
    worker,
  )

/** Passes one message to the page's engine and waits for the answer. */
export const askEngine = (page: Page, message: unknown): Promise<Answer> =>
  page.evaluate(
    (message) =>
      new Promise<Answer>((resolve) => {
        const { engine } = globalThis as unknown as EnginePage
        engine.onmessage = ({ data }) => resolve(data as Answer)
        engine.postMessage(message)
      }),
    message,
  )
