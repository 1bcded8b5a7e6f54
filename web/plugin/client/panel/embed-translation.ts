/** PeerTube translates nothing but its own words in embeds: there we read ours by ourselves. */

/** Those of `web/plugin/languages`; PeerTube answers to the short names. */
const LANGUAGES = ['de', 'es', 'fr']
const TRANSLATIONS = new URL('../../../../../translations/', import.meta.url).href
const PACKAGE = 'peertube-plugin-mirrorwise'

/** The language that this viewer's browser and we have in common. */
export const SPOKEN = LANGUAGES.find((own) => navigator.language.split('-')[0] === own) ?? 'en'

let known: Promise<Map<string, unknown>> | undefined

/** The text itself where there is no translation; asks the instance once, when first called. */
export async function translateInEmbed(text: string): Promise<string> {
  const translated = (await (known ??= read())).get(text)
  return typeof translated === 'string' ? translated : text
}

async function read(): Promise<Map<string, unknown>> {
  if (SPOKEN === 'en') return new Map()
  try {
    const said: unknown = await (await fetch(`${TRANSLATIONS}${SPOKEN}.json`)).json()
    const ours: unknown = (Object(said) as Record<string, unknown>)[PACKAGE]
    return new Map(Object.entries(Object(ours) as object))
  } catch {
    return new Map()
  }
}
