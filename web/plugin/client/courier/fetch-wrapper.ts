/**
 * The one seam through which the loader's requests reach us.
 *
 * Requests of ours are known by identity, in a WeakMap: all others, and copies that somebody
 * else's wrapper makes of ours, go on untouched, and a copy is an ordinary request to the origin.
 */

/** `goOn` does what would have been done without us. */
type Handler = (goOn: () => Promise<Response>) => Promise<Response>

/** On the page, not in the module: a second copy of this script must not wrap once more. */
const KEY: unique symbol = Symbol.for('mirrorwise.errands')

interface Page {
  fetch: typeof fetch
  [KEY]?: WeakMap<object, Handler> | undefined
}

/** Marks the request: whoever fetches it gets what `handler` brings. */
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
