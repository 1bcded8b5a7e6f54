/** A page that shows the built package's settings as PeerTube 8.2 does, in real Chromium. */
import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { PLUGIN, ROOT } from '../../../../web/build/layout.ts'
import { HOPELESS_MS } from '../../until.ts'
import { VERSION, type PeerTube } from '../server/peertube.ts'
import { ADMINISTRATOR } from '../server/reporting.ts'

const SCRIPTS = `/plugins/mirrorwise/${VERSION}/client-scripts/`
const packed = (path: string) => readFileSync(`${ROOT}${PLUGIN}/${path}`, 'utf8')

interface Visit {
  session?: string
  locale?: 'de-DE' | 'es-ES' | 'fr-FR'
  /** Shows the page of the script's route instead of the settings. */
  route?: boolean
}

/** Values that the page keeps for the test. */
declare global {
  interface Window {
    /** Settings that PeerTube would have saved. */
    saved: Record<string, string>[]
  }
}

export async function openSettings(
  browser: Browser,
  peertube: PeerTube,
  { session = ADMINISTRATOR, locale, route = false }: Visit = {},
): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 360, height: 800 } })
  page.setDefaultTimeout(HOPELESS_MS)
  const strings = locale ? packed(`dist/languages/${locale}.json`) : '{}'
  const fields = peertube.settings.map(field).join('')
  const script = route ? 'dist/client/common.js' : 'dist/client/admin.js'
  const body = `<!doctype html><html lang="${locale ?? 'en'}"><meta name="viewport" content="width=device-width">
    <style>:root { color-scheme: light dark } ${packed('dist/mirrorwise.css')}</style>
    <main></main><template><form novalidate>${fields}<input type="submit"></form></template>
    <script type="module">
      const strings = ${strings}
      window.saved = []
      const peertubeHelpers = {
        translate: (text) => Promise.resolve(strings[text] ?? text),
        getAuthHeader: () => ({ Authorization: 'Bearer ${session}' }),
        getBaseRouterRoute: () => '${peertube.router}',
      }
      const main = document.querySelector('main')
      const registerClientRoute = ({ onMount }) => onMount({ rootEl: main })
      const { register } = await import('${SCRIPTS}${script}')
      let hear = () => {}
      let script = { isSettingHidden: () => false }
      const registerSettingsScript = (given) => (script = given)
      const registerHook = ({ handler }) => (hear = handler)
      register({ registerHook, registerSettingsScript, registerClientRoute, peertubeHelpers })
      hear({ npmName: 'peertube-plugin-another' })
      hear({ npmName: 'peertube-plugin-mirrorwise' })
      // Announced first, drawn later, as Angular does.
      await new Promise((resolve) => setTimeout(resolve, 50))
      if (${!route}) main.append(document.querySelector('template').content)
      // As Angular does after every event.
      const hide = () => {
        const controls = [...document.querySelectorAll('form [name]')]
        const formValues = Object.fromEntries(
          controls.map((one) => [one.name, one.type === 'checkbox' ? one.checked : one.value]))
        for (const { name } of controls) {
          const setting = { name }
          document.querySelector('#' + name + '-wrapper > *').hidden =
            script.isSettingHidden({ setting, formValues })
        }
      }
      hide()
      document.addEventListener('input', hide)
      document.querySelector('form')?.addEventListener('submit', (event) => {
        event.preventDefault()
        window.saved.push(Object.fromEntries(new FormData(event.target)))
      })
    </script>`
  await page.route(`${peertube.origin}/admin`, (answer) =>
    answer.fulfill({ contentType: 'text/html; charset=utf-8', body }),
  )
  await page.route(`${peertube.origin}${SCRIPTS}**`, (answer) => {
    const path = new URL(answer.request().url()).pathname.slice(SCRIPTS.length)
    return answer.fulfill({ contentType: 'text/javascript', body: packed(path) })
  })
  await page.goto(`${peertube.origin}/admin`)
  return page
}

/** A form field with the ids and wrappers of PeerTube's dynamic form. */
function field(setting: PeerTube['settings'][number]): string {
  const { name, label, type, html, options = [], default: value } = setting
  if (type === 'html') return `<div id="${name}-wrapper"><div><div>${html}</div></div></div>`
  const id = `id="${name}" name="${name}"`
  const control =
    type === 'input-textarea'
      ? `<textarea ${id}></textarea>`
      : type === 'input-checkbox'
        ? `<input type="checkbox" ${id} ${value ? 'checked' : ''}>`
        : type === 'select'
          ? `<select ${id}>${options.map((one) => `<option value="${one.value}">${one.label}`).join('')}</select>`
          : `<input ${id} value="${String(value)}">`
  return `<div id="${name}-wrapper"><div><label for="${name}">${label}</label>${control}</div></div>`
}
