/**
 * Wraps `window.fetch`: each marked request is answered by its handler.
 *
 * A WeakMap recognises marked requests by identity. All other requests pass untouched. When another
 * script's wrapper copies a marked request, the copy passes as an ordinary request to the origin.
 */

/** Answers a marked request; `goOn` fetches with the page's own `fetch`. */
type Handler = (goOn: () => Promise<Response>) => Promise<Response>

/**
 * The map is kept on the page, not in the module: a second copy of this script must not wrap again.
 */
const KEY: unique symbol = Symbol.for('mirrorwise.errands')

interface Page {
  fetch: typeof fetch
  [KEY]?: WeakMap<object, Handler> | undefined
}

/** Marks a request, so that `handler` answers when the request is fetched. */
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
