/**
 * Wraps `window.fetch`: each marked request is answered by its handler.
 *
 * A request of our own is marked by the fragment of its address, which is never sent. Thus it is
 * also recognised when a script that has wrapped `fetch` after us copies it. PeerTube's own
 * requests must stay as they are, and are recognised by identity. All others pass untouched.
 */

/** Answers a marked request; `goOn` fetches with the page's own `fetch`. */
type Handler = (goOn: () => Promise<Response>) => Promise<Response>

interface Marks {
  requests: WeakMap<object, Handler>
  fragments: Map<string, Handler>
  last: number
}

/**
 * The marks are kept on the page, not in the module: a second copy of this script must not wrap
 * again.
 */
const KEY: unique symbol = Symbol.for('mirrorwise.marks')

interface Page {
  fetch: typeof fetch
  [KEY]?: Marks | undefined
}

/** The loader fetches at once; only a script that never calls our `fetch` lets this time pass. */
const MISSED_MS = 3_000

/** Marks a request, so that `handler` answers when this very request is fetched. */
export function mark(request: Request, handler: Handler): Request {
  marksOf(globalThis).requests.set(request, handler)
  return request
}

/**
 * Makes a request that `handler` answers when it, or a copy of it, is fetched. Calls `missed` when
 * that has not happened after a while.
 */
export function markedRequest(
  url: string,
  init: RequestInit,
  handler: Handler,
  missed: () => void,
): Request {
  const marks = marksOf(globalThis)
  const fragment = `#mirrorwise-${++marks.last}`
  const timer = setTimeout(() => {
    if (marks.fragments.delete(fragment)) missed()
  }, MISSED_MS)
  marks.fragments.set(fragment, (goOn) => {
    clearTimeout(timer)
    marks.fragments.delete(fragment)
    return handler(goOn)
  })
  return new Request(url.replace(/#.*/, '') + fragment, init)
}

function marksOf(page: Page): Marks {
  return (page[KEY] ??= wrap(page))
}

function wrap(page: Page): Marks {
  const marks: Marks = { requests: new WeakMap(), fragments: new Map(), last: 0 }
  const plain = page.fetch
  page.fetch = function (this: unknown, ...args: Parameters<typeof fetch>): Promise<Response> {
    const goOn = (): Promise<Response> => plain.apply(this as typeof globalThis, args)
    const handler = handlerOf(args[0], marks)
    return handler ? handler(goOn) : goOn()
  }
  return marks
}

function handlerOf(input: RequestInfo | URL, { requests, fragments }: Marks): Handler | undefined {
  const handler = typeof input === 'object' ? requests.get(input) : undefined
  if (handler || fragments.size === 0) return handler
  const url = input instanceof Request ? input.url : String(input)
  return fragments.get(url.slice(url.lastIndexOf('#')))
}
