/**
 * PeerTube's picker: the origin or a mirror, uniformly at random for every request. After one error
 * a mirror is dropped for the rest of the page; the origin is never dropped.
 */
export class RandomPicker {
  #mirrors: string[]
  /** The mirror of each file's last request, whatever its byte range. */
  readonly #asked = new Map<string, string>()

  constructor(baseUrls: string[]) {
    this.#mirrors = baseUrls
  }

  pick(url: string): string {
    const mirror = this.#mirrors[Math.floor(Math.random() * (this.#mirrors.length + 1))]
    if (mirror === undefined) return url
    this.#asked.set(url, mirror)
    return `${mirror.replace(/\/$/, '')}/${fileName(url)}`
  }

  onError(url: string): void {
    const mirror = this.#asked.get(url)
    this.#asked.delete(url)
    this.#mirrors = this.#mirrors.filter((other) => other !== mirror)
  }

  onSuccess(url: string): void {
    this.#asked.delete(url)
  }
}

export function fileName(url: string): string {
  return new URL(url).pathname.split('/').at(-1) ?? ''
}
