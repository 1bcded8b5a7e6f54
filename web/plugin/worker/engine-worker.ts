/** The engine's worker: starts Python, then answers the messages of `messages.ts`. */
import type { Answer, Hello } from '../messages.ts'
import { boot, type Assets } from './boot.ts'

/** Defined by the build. */
declare const __MIRRORWISE_ASSETS__: Assets

/** `handle` of `selector/browser.py`. */
type Handle = (message: string) => string

async function openDoor(): Promise<Handle> {
  const python = await boot(__MIRRORWISE_ASSETS__)
  return (python.pyimport('selector.browser') as { handle: Handle }).handle
}

/** The engine validates messages itself: an exception here is a defect, not bad input. */
function answer(handle: Handle, message: unknown): Answer {
  try {
    return JSON.parse(handle(JSON.stringify(message))) as Answer
  } catch (error) {
    const id = Number((message as { id?: unknown } | null)?.id)
    return { id, ok: false, error: { field: 'message', reason: String(error) } }
  }
}

const hello = (message: Hello) => postMessage(message)

const door = openDoor()
door.then(
  () => hello({ hello: 'ready', ready_ms: performance.now() }),
  (error: unknown) => hello({ hello: 'failed', reason: String(error) }),
)
addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  door.then(
    (handle) => postMessage(answer(handle, data)),
    () => undefined,
  )
})
