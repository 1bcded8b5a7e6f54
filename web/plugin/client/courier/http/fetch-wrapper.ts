/**
 * Wraps `window.fetch`, so that requests which we have marked are answered by us.
 *
 * Marked requests are known by identity, in a WeakMap. All other requests pass untouched, and so
 * does a copy that another script's wrapper makes of a marked one: an ordinary request to the origin.
 */

/** `goOn` fetches as without us. */
type Handler = (goOn: () => Promise<Response>) => Promise<Response>

/** Kept on the page, not in the module: a second copy of this script must not wrap once more. */
const KEY: unique symbol = Symbol.for('mirrorwise.errands')

interface Page {
  fetch: typeof fetch
  [KEY]?: WeakMap<object, Handler> | undefined
}

/** Marks the request: `handler` answers it when it is fetched. */
export function mark(request: Request, handler: Handler): Request {
  const page: Page = globalThis
  const handlers = (page[KEY] ??= wrap(page))
  handlers.set(request, handler)
  return request
}

function wrap(page: Page): WeakMap<object, Handler> {
  const handlers = new WeakMap<object, Handler>()
  const plain = page.fetch
  page.fetch = function (this: unknown, ...args: Parameters<typeof fetch>): Promise<Response> {
    const goOn = (): Promise<Response> => plain.apply(this as typeof globalThis, args)
    const handler = typeof args[0] === 'object' ? handlers.get(args[0]) : undefined
    return handler ? handler(goOn) : goOn()
  }
  return handlers
}
