/** Translates texts, puts values into them, and formats numbers in the viewer's language. */
import type { Clause } from '../messages.ts'
import { parseUrl } from './url.ts'

type Values = Record<string, string | number>

export const RATE = '{rate} Mbit/s'
export const BETWEEN = '{low} to {high}'

/** Shorter times are written in milliseconds. */
const IN_MS = 0.9995

export class Translator {
  readonly #translate: (text: string) => Promise<string>
  readonly #known = new Map<string, string>()
  readonly #language: string | undefined
  readonly #plain: Intl.NumberFormat

  /** `language` as in the page's `lang`. */
  constructor(translate: (text: string) => Promise<string>, language: string) {
    this.#translate = translate
    this.#language = knownLanguage(language)
    this.#plain = new Intl.NumberFormat(this.#language, { maximumFractionDigits: 2 })
  }

  /** Loads translations for `say`; a text without one stays as it is. */
  async learn(texts: Iterable<string>): Promise<void> {
    const unknown = [...new Set(texts)].filter((text) => !this.#known.has(text))
    const learning = unknown.map(async (text) => {
      const translated = await this.#translate(text).catch(() => text)
      this.#known.set(text, translated)
    })
    await Promise.all(learning)
  }

  /** The translated text, with `values[name]` in place of `{name}`. */
  say(text: string, values: Values = {}): string {
    return fill(this.#known.get(text) ?? text, values, (n) => this.#plain.format(n))
  }

  clause([text, values]: Clause): string {
    const named = Object.entries(values).map(([name, value]) => [name, nameOf(value)])
    return this.say(text, Object.fromEntries(named) as Values)
  }

  /** Two significant digits, or all digits before the decimal point. */
  number(value: number): string {
    return this.#format(value, { maximumFractionDigits: value < 9.95 ? 1 : 0 })
  }

  rate(mbps: number): string {
    return this.say(RATE, { rate: this.number(mbps) })
  }

  count(value: number): string {
    return this.#plain.format(value)
  }

  share(value: number): string {
    return this.#format(value, { style: 'percent', maximumFractionDigits: value < 0.1 ? 1 : 0 })
  }

  latency(value_s: number): string {
    return value_s < IN_MS
      ? this.#unit(value_s * 1000, 'millisecond', 0)
      : this.#unit(value_s, 'second', 1)
  }

  /** A range of latencies; the unit is written once where both have the same. */
  latencies(low_s: number, high_s: number): string {
    const isShort = high_s < IN_MS
    const isMixed = !isShort && low_s < IN_MS
    const low = isMixed ? this.latency(low_s) : this.number(isShort ? low_s * 1000 : low_s)
    return this.say(BETWEEN, { low, high: this.latency(high_s) })
  }

  numbers(low: number, high: number): string {
    return this.say(BETWEEN, { low: this.number(low), high: this.number(high) })
  }

  megabytes(bytes: number): string {
    return this.#unit(bytes / 1e6, 'megabyte', 1)
  }

  /** Hours ahead of UTC. */
  offset(hours: number): string {
    return this.#format(hours, { signDisplay: 'always' })
  }

  #unit(value: number, unit: string, digits: number): string {
    return this.#format(value, { style: 'unit', unit, maximumFractionDigits: digits })
  }

  #format(value: number, options: Intl.NumberFormatOptions): string {
    return new Intl.NumberFormat(this.#language, options).format(value)
  }
}

/** The text with `values[name]` in place of `{name}`; numbers are formatted by `write`. */
export function fill(text: string, values: Values, write: (n: number) => string): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    return typeof value === 'number' ? write(value) : (value ?? place)
  })
}

/** The name of a host without its scheme; other values stay unchanged. */
export function nameOf<T>(value: T): T | string {
  return parseUrl(value)?.host ?? value
}

/** The language, if the browser knows it. */
export function knownLanguage(language: string): string | undefined {
  try {
    return Intl.NumberFormat.supportedLocalesOf(language)[0]
  } catch {
    return undefined
  }
}
