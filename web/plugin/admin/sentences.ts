/** Translates sentences for the admin's pages, and creates elements with text content. */
import type { RegisterClientOptions } from '@peertube/peertube-types/client'
import { fill, knownLanguage } from '../shared/translation.ts'
import type { Sentence } from '../shared/settings.ts'

export type Translate = RegisterClientOptions['peertubeHelpers']['translate']

/** The page's language, in which numbers and times are written. */
export const language = () => knownLanguage(document.documentElement.lang)

/** The sentence in the administrator's language, with its values. */
export async function say(translate: Translate, { text, values }: Sentence): Promise<string> {
  const numbers = new Intl.NumberFormat(language())
  return fill(await translate(text), values, (value) => numbers.format(value))
}

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = Object.assign(document.createElement(name), properties)
  made.append(...children)
  return made
}
