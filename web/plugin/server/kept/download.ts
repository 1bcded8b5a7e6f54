/** Downloads from another instance: bounded in bytes and time, and from that address alone. */

const TIMEOUT_MS = 20_000

export interface Download {
  status: number
  headers: Headers
  bytes: Buffer
}

export async function download(
  url: string,
  max_bytes: number,
  headers: Record<string, string> = {},
): Promise<Download> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const response = await fetch(url, { headers, signal, redirect: 'error' })
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    const bytes = chunk as Uint8Array
    length += bytes.length
    if (length > max_bytes) throw new Error(`${url}: more than ${max_bytes} bytes`)
    chunks.push(bytes)
  }
  return { status: response.status, headers: response.headers, bytes: Buffer.concat(chunks) }
}

/** Loopback is where instances are developed; everywhere else files come over https. */
export function isFetched({ protocol, hostname }: URL): boolean {
  return (
    protocol === 'https:' ||
    (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname))
  )
}
