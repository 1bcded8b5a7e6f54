/** Intercepts requests by XMLHttpRequest, which PeerTube's page uses before Angular 22. */
import type { Meet, Recognise } from './list-request.ts'

/** Calls `meet` for every request whose method and address `recognise` accepts. */
export function interceptXhr(recognise: Recognise, meet: Meet): void {
  const { prototype } = XMLHttpRequest
  const own = { open: method('open'), send: method('send') }
  const asked = new WeakMap<XMLHttpRequest, URL>()
  prototype.open = function (this: XMLHttpRequest, ...said: unknown[]) {
    const url = recognise(said)
    if (url) asked.set(this, url)
    else asked.delete(this)
    own.open(this, said)
  }
  prototype.send = function (this: XMLHttpRequest, body) {
    const url = asked.get(this)
    const waiting = url ? met(this, url, meet) : null
    if (waiting) void waiting.then(() => own.send(this, [body]))
    else own.send(this, [body])
  }
}

/** The method before our change: the browser's own, or another script's. */
function method(name: 'open' | 'send'): (request: XMLHttpRequest, said: unknown[]) => void {
  const known: unknown = Reflect.get(XMLHttpRequest.prototype, name)
  return (request, said) => void Reflect.apply(known as () => void, request, said)
}

/** Calls `meet`; returns the promise that sending has to wait for, if any. */
function met(request: XMLHttpRequest, url: URL, meet: Meet): Promise<unknown> | null {
  const waiting: Promise<unknown>[] = []
  meet(url, {
    say: (header, value) => request.setRequestHeader(header, value),
    answerWith: (change) => {
      const replacing = change.then((made) => made && replace(request, made))
      waiting.push(replacing.catch(() => null))
    },
    answered: (then) => request.addEventListener('loadend', () => setTimeout(then)),
  })
  return waiting[0] ?? null
}

/** Replaces the request's `response`, which PeerTube reads as text. */
function replace(request: XMLHttpRequest, change: (text: string) => string): void {
  const own = Object.getOwnPropertyDescriptor(XMLHttpRequest.prototype, 'response')
  Object.defineProperty(request, 'response', {
    configurable: true,
    get: () => {
      const text: unknown = own?.get?.call(request)
      if (request.status !== 200 || typeof text !== 'string') return text
      try {
        return change(text)
      } catch {
        return text
      }
    },
  })
}
