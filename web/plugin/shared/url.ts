/** Parses URLs without exceptions. */

/** The absolute URL that `text` is, if it is one. */
export function parseUrl(text: unknown): URL | null {
  try {
    return typeof text === 'string' ? new URL(text) : null
  } catch {
    return null
  }
}
