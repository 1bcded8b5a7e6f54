/** The admin's status: service, mirrors, today's counters and invalid settings, as sentences. */
import type { RegisterClientOptions } from '@peertube/peertube-types/client'
import type { Health, ServiceCheck } from '../server/health.ts'
import type { Sentence } from '../shared/settings.ts'
import { element, language, say, type Translate } from './sentences.ts'
import { NEXT, SERVICE, TEXT } from './strings.ts'

export type Helpers = Pick<
  RegisterClientOptions['peertubeHelpers'],
  'getAuthHeader' | 'getBaseRouterRoute' | 'translate'
>

interface Line {
  /** Nothing has to be done. */
  well: boolean
  sentence: Sentence
  /** What to do about it. */
  advice?: Sentence
}

/** Shows the status in `root`; never rejects. */
export async function showStatus(root: HTMLElement, helpers: Helpers): Promise<void> {
  const health = await askHealth(helpers).catch(() => null)
  const lines = health ? linesOf(health) : [line(false, TEXT.unknown)]
  const items = lines.map((one) => item(one, helpers.translate))
  const more = health ? [await report(health, helpers.translate)] : []
  const again = element('button', { type: 'button', className: 'peertube-button secondary-button' })
  again.append(await helpers.translate(TEXT.again))
  again.addEventListener('click', () => void showStatus(root, helpers))
  const hadFocus = root.contains(document.activeElement)
  const list = element('ul', {}, ...(await Promise.all(items)))
  root.replaceChildren(element('h2', {}, 'Mirrorwise'), list, ...more, again)
  if (hadFocus) again.focus()
}

async function askHealth({ getAuthHeader, getBaseRouterRoute }: Helpers): Promise<Health> {
  const response = await fetch(`${getBaseRouterRoute()}/health`, {
    headers: { ...getAuthHeader() },
  })
  if (!response.ok) throw new Error(`HTTP status ${response.status}`)
  return (await response.json()) as Health
}

function linesOf(health: Health): Line[] {
  const { mirrors, since } = health
  const count = (text: string, count: number) => line(true, text, { count })
  const trouble = (text: string, count: number) => (count > 0 ? [line(false, text, { count })] : [])
  return [
    ...(health.enabled ? [] : [line(false, TEXT.off)]),
    serviceLine(health),
    ...(health.recommendsNothing ? [line(false, TEXT.recommendsNothing)] : []),
    ...health.refused.map(({ label, allowed }) => ({
      ...line(false, TEXT.refused, { label }),
      advice: allowed,
    })),
    mirrors === null
      ? line(false, TEXT.mirrorsUnread)
      : mirrors === 0
        ? line(true, TEXT.noMirrors)
        : count(TEXT.mirrors, mirrors),
    count(TEXT.reports, health.reports),
    ...trouble(TEXT.waiting, health.waiting),
    ...trouble(TEXT.dropped, health.dropped),
    count(TEXT.failures, health.engineFailures),
    line(true, TEXT.since, {
      time: new Date(since).toLocaleString(language()),
    }),
  ]
}

/** Whether the service is reached, and what to do next. */
export function serviceLine({ service, serviceUrl, serviceVersion }: ServiceCheck): Line {
  const values = { url: serviceUrl ?? '', version: serviceVersion ?? '?' }
  const next = NEXT[service]
  return {
    ...line(service === 'ready' || service === 'none', SERVICE[service], values),
    ...(next ? { advice: { text: next, values: {} } } : {}),
  }
}

function line(well: boolean, text: string, values: Sentence['values'] = {}): Line {
  return { well, sentence: { text, values } }
}

export async function item(
  { well, sentence, advice }: Line,
  translate: Translate,
): Promise<HTMLElement> {
  const { label } = sentence.values
  const values = label === undefined ? {} : { label: await translate(String(label)) }
  const text = await say(translate, { ...sentence, values: { ...sentence.values, ...values } })
  // The sign repeats the sentence, for readers who skim the list.
  const sign = element('span', { ariaHidden: 'true' }, well ? '✓ ' : '▲ ')
  const made = element('li', { className: well ? 'well' : 'amiss' }, sign, text)
  if (advice) made.append(element('p', {}, await say(translate, advice)))
  return made
}

/** A link to the report, or its address where this browser cannot reach it. */
async function report({ serviceUrl }: Health, translate: Translate): Promise<HTMLElement> {
  if (serviceUrl === null) return element('p')
  const url = `${serviceUrl}/report/`
  const isLocal = (address: string) =>
    /^(localhost|127\..*|\[::1\])$/.test(new URL(address).hostname)
  if (isLocal(url) && !isLocal(location.href)) {
    return element('p', {}, await say(translate, { text: TEXT.reportThere, values: { url } }))
  }
  const properties = { href: url, target: '_blank', rel: 'noopener noreferrer' }
  return element('p', {}, element('a', properties, await translate(TEXT.report)))
}
