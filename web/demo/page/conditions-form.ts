/** The form that changes hosts' conditions while the demo plays: latency, bandwidth and fault. */
import type { FleetChange, FleetState, HostState } from '../contract.ts'
import { FAULTS, type Conditions } from '../server/conditions.ts'
import { html, need } from '../../dom.ts'
import { drawBadge, type HostBadges } from './charts/host-badges.ts'
import { rate } from './charts/number-format.ts'

const HIGHEST_LATENCY_MS = 2000
/** Ends of the bandwidth slider in kB/s; its steps are logarithmic. */
const [LOWEST_KBPS, HIGHEST_KBPS] = [20, 5000]
const STEPS = 100

export async function readFleet(): Promise<FleetState> {
  return (await fetch('/demo/fleet')).json() as Promise<FleetState>
}

async function changeFleet(change: FleetChange): Promise<FleetState> {
  const answer = await fetch('/demo/fleet', { method: 'POST', body: JSON.stringify(change) })
  const body = (await answer.json()) as FleetState & { error?: string }
  if (body.error !== undefined) throw new Error(body.error)
  return body
}

export class ConditionsForm {
  readonly #rows = new Map<string, HTMLElement>()
  readonly #status: HTMLElement
  // What was asked before the user's latest change was answered must not undo it on the page.
  #changes = 0
  #changesUnderWay = 0

  constructor(section: HTMLElement, hosts: HostState[], badges: HostBadges) {
    this.#status = need(section, '.status')
    for (const host of hosts) {
      const row = this.#row(host, badges)
      this.#rows.set(host.host, row)
      need(section, '.controls').append(row)
    }
  }

  async refresh(): Promise<void> {
    if (this.#changesUnderWay > 0) return
    const changes = this.#changes
    try {
      const state = await readFleet()
      if (changes === this.#changes) this.#show(state)
      this.#status.textContent = ''
    } catch {
      this.#status.textContent = 'The hosts do not answer: is script/demo still running?'
    }
  }

  /** Changes the hosts, and shows what they are then, unless the user has changed them again. */
  async change(change: FleetChange): Promise<void> {
    const changes = ++this.#changes
    this.#changesUnderWay += 1
    try {
      const state = await changeFleet(change)
      if (changes === this.#changes) this.#show(state)
    } finally {
      this.#changesUnderWay -= 1
    }
  }

  #show({ hosts }: FleetState): void {
    for (const { host, conditions, scheduled } of hosts) {
      const row = this.#rows.get(host)
      if (!row) continue
      set(row, 'latency', conditions.latency_ms, `${Math.round(conditions.latency_ms)} ms`)
      set(row, 'rate', stepOf(conditions.rate_kBps), rateWords(conditions.rate_kBps))
      set(row, 'fault', conditions.fault, null)
      row.querySelectorAll<HTMLInputElement>('[name=scheduled]').forEach((box) => {
        box.checked = scheduled
      })
    }
  }

  #row({ host, name, words, schedule }: HostState, badges: HostBadges): HTMLElement {
    const change = (conditions: Partial<Conditions>): void => this.#send({ host, conditions })
    const fieldset = html(
      'fieldset',
      {},
      html('legend', {}, drawBadge(badges.of(host)), ` ${name} `, html('small', {}, words)),
      slider('latency', 'Latency', HIGHEST_LATENCY_MS, 10, (ms) => change({ latency_ms: ms })),
      slider('rate', 'Bandwidth', STEPS, 1, (step) => change({ rate_kBps: kBpsOf(step) })),
      faultSelect((fault) => change({ fault })),
    )
    if (schedule.length > 0) {
      fieldset.append(scheduleSwitch((scheduled) => this.#send({ host, scheduled })))
    }
    return fieldset
  }

  #send(change: FleetChange): void {
    this.change(change).catch((error: unknown) => (this.#status.textContent = String(error)))
  }
}

function slider(
  name: string,
  words: string,
  max: number,
  step: number,
  onChange: (value: number) => void,
): HTMLElement {
  const input = html('input', { type: 'range', name, min: 0, max, step }) as HTMLInputElement
  input.addEventListener('change', () => onChange(input.valueAsNumber))
  return html('label', {}, html('span', {}, words), input, html('output', {}))
}

function faultSelect(onChange: (fault: Conditions['fault']) => void): HTMLElement {
  const options = FAULTS.map((fault) => html('option', { value: fault }, FAULT_WORDS[fault]))
  const select = html('select', { name: 'fault' }, ...options) as HTMLSelectElement
  select.addEventListener('change', () => onChange(select.value as Conditions['fault']))
  return html('label', {}, html('span', {}, 'Fault'), select)
}

function scheduleSwitch(onChange: (scheduled: boolean) => void): HTMLElement {
  const box = html('input', { type: 'checkbox', name: 'scheduled' }) as HTMLInputElement
  box.addEventListener('change', () => onChange(box.checked))
  return html('label', { class: 'switch' }, box, html('span', {}, 'changes by the clock'))
}

const FAULT_WORDS: Record<Conditions['fault'], string> = {
  gone: 'gone for good',
  none: 'none',
  refuse: 'closes the connection',
  'http-503': 'answers 503',
  'http-404': 'answers 404',
  silent: 'never answers',
  cut: 'closes half-way',
  freeze: 'falls silent half-way',
  flip: 'sends wrong bytes',
  'no-ranges': 'sends whole files',
}

function set(row: HTMLElement, name: string, value: number | string, words: string | null): void {
  const control = need(row, `[name=${name}]`) as HTMLInputElement | HTMLSelectElement
  // The user may be moving this slider.
  if (document.activeElement !== control || control.tagName === 'SELECT') control.value = `${value}`
  if (words === null) return
  control.setAttribute('aria-valuetext', words)
  need(control.parentElement as HTMLElement, 'output').textContent = words
}

function kBpsOf(step: number): number | null {
  if (step >= STEPS) return null
  return Math.round(LOWEST_KBPS * (HIGHEST_KBPS / LOWEST_KBPS) ** (step / STEPS))
}

function stepOf(rate_kBps: number | null): number {
  if (rate_kBps === null) return STEPS
  const share = Math.log(rate_kBps / LOWEST_KBPS) / Math.log(HIGHEST_KBPS / LOWEST_KBPS)
  return Math.round(STEPS * Math.min(1, Math.max(0, share)))
}

function rateWords(rate_kBps: number | null): string {
  return rate_kBps === null ? 'no limit' : `${rate(rate_kBps * 0.008)} Mbit/s`
}
