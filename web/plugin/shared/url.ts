/** Parses URLs without exceptions, and tells which lead where. */

/** Parses an absolute URL; null for everything else. */
export function parseUrl(text: unknown): URL | null {
  try {
    return typeof text === 'string' ? new URL(text) : null
  } catch {
    return null
  }
}

/** The origin of a host that is named with or without `https://`; undefined for everything else. */
export function originOf(text: string): string | undefined {
  const url = parseUrl(text.includes('://') ? text : `https://${text}`)
  const plain = url?.href === `${url?.origin}/` && /^https?:$/.test(url.protocol)
  return plain ? url.origin : undefined
}

/** This machine, private addresses, and names without a dot, as containers have. */
export const OWN_NETWORK =
  /^((127|10)(\.\d+){3}|(192\.168|172\.(1[6-9]|2\d|3[01]))(\.\d+){2}|\[(::1\]|f[cd]).*|[^.[]+)$/
