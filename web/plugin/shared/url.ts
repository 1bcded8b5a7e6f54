/** Parses URLs without exceptions. */

/** Parses an absolute URL; null for everything else. */
export function parseUrl(text: unknown): URL | null {
  try {
    return typeof text === 'string' ? new URL(text) : null
  } catch {
    return null
  }
}
