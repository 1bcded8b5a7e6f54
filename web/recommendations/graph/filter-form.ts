/** The graph's filter form. */
import { html, need } from '../../dom.ts'
import { filterOf, KINDS, NO_LANGUAGE, type GraphFilter } from './graph-filter.ts'
import type { Content } from './content.ts'

export class FilterForm {
  private readonly form = need(document, '#filters') as HTMLFormElement

  constructor(content: Content, changed: (choice: GraphFilter) => void) {
    this.options('language', languages(content), (each) => nameOf(each))
    this.options('tag', [...content.tags].sort(inWords))
    this.options('channel', [...content.channels].sort(inWords))
    this.restore(new URLSearchParams(location.search))
    this.form.addEventListener('input', () => {
      this.keep()
      changed(this.choice())
    })
    this.form.addEventListener('submit', (event) => event.preventDefault())
  }

  choice(): GraphFilter {
    return filterOf(this.fields())
  }

  private fields(): URLSearchParams {
    const told = [...new FormData(this.form)].filter(([, value]) => value !== '' && value !== '0')
    return new URLSearchParams(told as [string, string][])
  }

  private keep(): void {
    const fields = this.fields()
    if (fields.getAll('kind').length === KINDS.length) fields.delete('kind')
    history.replaceState(null, '', `?${fields.toString()}${location.hash}`)
    need(this.form, 'output').textContent = percent(this.choice().least)
  }

  private restore(fields: URLSearchParams): void {
    const { kinds, least, ...named } = filterOf(fields)
    for (const box of this.form.querySelectorAll<HTMLInputElement>('[name=kind]')) {
      box.checked = kinds.has(box.value as (typeof KINDS)[number])
    }
    for (const [name, value] of Object.entries(named)) this.field(name).value = value
    this.field('least').value = `${least}`
    need(this.form, 'output').textContent = percent(least)
  }

  private options(name: string, values: string[], words = (value: string) => value): void {
    const options = values.map((value) => html('option', { value }, words(value)))
    this.field(name).append(...options)
  }

  private field(name: string): HTMLInputElement {
    return need(this.form, `[name=${name}]`) as HTMLInputElement
  }
}

const percent = (share: number): string => `${Math.round(100 * share)} %`
const inWords = (one: string, other: string): number => one.localeCompare(other)

const languages = ({ videos }: Content): string[] =>
  [...new Set(videos.map(({ language }) => language || NO_LANGUAGE))].sort(inWords)

const NAMES = new Intl.DisplayNames('en', { type: 'language' })

/** The name of a language, or its code if the browser has no name, as for some sign languages. */
export function nameOf(code: string): string {
  if (code === NO_LANGUAGE) return 'not known'
  try {
    return NAMES.of(code) ?? code
  } catch {
    return code
  }
}
