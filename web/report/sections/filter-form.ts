/** The filter form: days, connection, region, and the host to compare with. */
import { html, need } from '../../dom.ts'
import { nameOf } from '../sentences/figures.ts'
import type { QualityReport } from '../service/report.ts'
import { viewOf, type View } from '../service/view.ts'
import { CONNECTIONS, ZONES } from '../sentences/sentences.ts'

/** The first valid day, so that a year that is still being typed is not requested. */
const EARLIEST = '2020-01-01'

export class FilterForm {
  private readonly form = need(document, '#filters') as HTMLFormElement

  constructor(changed: (view: View) => void) {
    this.options(
      'connection',
      CONNECTIONS.map((name) => [name, name]),
    )
    this.options(
      'zone',
      ZONES.map((words, zone) => [String(zone), words]),
    )
    for (const day of ['since', 'until']) this.field(day).setAttribute('min', EARLIEST)
    const view = viewOf(new URLSearchParams(location.search))
    for (const name of ['connection', 'zone'] as const) this.field(name).value = view[name] ?? ''
    this.form.addEventListener('change', () => {
      if (this.form.checkValidity()) changed(this.view())
    })
    this.form.addEventListener('submit', (event) => event.preventDefault())
  }

  view(): View {
    return viewOf(new FormData(this.form))
  }

  /** Fills in the days that the service has chosen, up to today, and the hosts of the report. */
  show({ choice, hosts }: QualityReport, against: string | null): void {
    const today = new Date().toISOString().slice(0, 10)
    this.field('since').value = choice.since
    this.field('until').value = today < choice.until ? today : choice.until
    this.options(
      'against',
      hosts.map(({ host }) => [host, nameOf(host)]),
    )
    this.field('against').value = against ?? 'none'
  }

  private options(name: string, choices: [value: string, words: string][]): void {
    const select = this.field(name)
    const [all] = select.querySelectorAll('option')
    const options = choices.map(([value, words]) => html('option', { value }, words))
    select.replaceChildren(...(all ? [all] : []), ...options)
  }

  private field(name: string): HTMLInputElement {
    return need(this.form, `[name=${name}]`) as HTMLInputElement
  }
}
