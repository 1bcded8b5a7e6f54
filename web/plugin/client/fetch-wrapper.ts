/**
 * The one seam through which the loader's requests reach us.
 *
 * Requests of ours are known by identity, in a WeakMap: all others, and copies that somebody
 * else's wrapper makes of ours, go on untouched, and a copy is an ordinary request to the origin.
 */

/** `goOn` does what would have been done without us. */
type Errand = (goOn: () => Promise<Response>) => Promise<Response>

/** On the page, not in the module: a second copy of this script must not wrap once more. */
const KEY: unique symbol = Symbol.for('mirrorwise.errands')

interface Page {
  fetch: typeof fetch
  [KEY]?: WeakMap<object, Errand> | undefined
}

/** Marks the request: whoever fetches it gets what `errand` brings. */
export function mark(request: Request, errand: Errand): Request {
  const page: Page = globalThis
  const errands = (page[KEY] ??= wrap(page))
  errands.set(request, errand)
  return request
}

function wrap(page: Page): WeakMap<object, Errand> {
  const errands = new WeakMap<object, Errand>()
  const plain = page.fetch
  page.fetch = function (this: unknown, ...args: Parameters<typeof fetch>): Promise<Response> {
    const goOn = (): Promise<Response> => plain.apply(this as typeof globalThis, args)
    const errand = typeof args[0] === 'object' ? errands.get(args[0]) : undefined
    return errand ? errand(goOn) : goOn()
  }
  return errands
}
