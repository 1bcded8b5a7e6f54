/** Fetches our translations in embeds, where PeerTube's `translate` knows only its own strings. */

/** The languages of `web/plugin/languages`, by PeerTube's short codes. */
const LANGUAGES = ['de', 'es', 'fr']
const TRANSLATIONS = new URL('../../../../../translations/', import.meta.url).href
const PACKAGE = 'peertube-plugin-mirrorwise'

/** The browser's language if there are translations for it, else English. */
export const EMBED_LANGUAGE =
  LANGUAGES.find((own) => navigator.language.split('-')[0] === own) ?? 'en'

let known: Promise<Map<string, unknown>> | undefined

/** The translation, or the text itself; fetches the translations at the first call. */
export async function translateInEmbed(text: string): Promise<string> {
  const translated = (await (known ??= read())).get(text)
  return typeof translated === 'string' ? translated : text
}

async function read(): Promise<Map<string, unknown>> {
  if (EMBED_LANGUAGE === 'en') return new Map()
  try {
    const said: unknown = await (await fetch(`${TRANSLATIONS}${EMBED_LANGUAGE}.json`)).json()
    const ours: unknown = (Object(said) as Record<string, unknown>)[PACKAGE]
    return new Map(Object.entries(Object(ours) as object))
  } catch {
    return new Map()
  }
}
