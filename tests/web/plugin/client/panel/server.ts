/** Serves the panel's page under a strict content security policy, and runs its engine. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { options } from '../../../../../web/build/bundle.ts'
import { ROOT } from '../../../../../web/build/layout.ts'
import { STANDING } from '../../../clock.ts'
import { HOPELESS_MS } from '../../../until.ts'
import { pythonEngine } from '../planner/python-engine.ts'

/** The page's address; all its requests are answered here, without a network. */
const SITE = 'https://site.example'
const POLICY = "default-src 'self'; img-src 'self' data:; font-src data:"
const TYPES: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript',
  css: 'text/css',
  json: 'application/json',
}

export type Files = Record<string, string>

export async function bundlePage(): Promise<Files> {
  const { outputFiles } = await build({
    ...options,
    stdin: {
      contents:
        "globalThis.VIDEOJS_NO_DYNAMIC_STYLE = true; await import('./tests/web/plugin/client/panel/page.ts')",
      resolveDir: ROOT,
    },
    write: false,
  })
  const panel = (name: string): string => readFileSync(`${ROOT}web/plugin/${name}`, 'utf8')
  return {
    '/page.js': outputFiles[0]?.text ?? '',
    '/panel.css': panel('client/panel/panel.css'),
    '/video.css': readFileSync(`${ROOT}node_modules/video.js/dist/video-js.css`, 'utf8'),
    '/page.css': PAGE_CSS,
    ...Object.fromEntries(
      ['fr', 'de', 'es'].map((lang) => [
        `/panel.${lang}.json`,
        panel(`languages/panel.${lang}.json`),
      ]),
    ),
  }
}

/** Styles that place the player as PeerTube does, and the colours of its theme. */
const PAGE_CSS = `
  :root { background: var(--bg, #000); }
  :root.light { --fg: #000; --bg: #fff; }
  :root.dark { --fg: #dadada; --bg: #181818; }
  body { margin: 0; }
  .place { max-width: 960px; aspect-ratio: 16 / 9; }
`

const html = (theme: string): string => `<!doctype html>
<html lang="en" class="${theme}">
  <meta charset="utf-8" />
  <meta name="viewport" content="width=device-width, initial-scale=1" />
  <title>A video</title>
  <link rel="stylesheet" href="/video.css" />
  <link rel="stylesheet" href="/panel.css" />
  <link rel="stylesheet" href="/page.css" />
  <div class="place"></div>
  <script type="module" src="/page.js"></script>
</html>`

export interface PageLook {
  /** Theme of PeerTube's page; an embed has none. */
  theme?: 'light' | 'dark' | ''
  width?: number
  height?: number
}

export interface Visited {
  page: Page
  /** The page's warnings and errors. */
  said: string[]
  /** Bodies of the reports that were sent. */
  sent: (string | null)[]
  close: () => Promise<void>
}

export async function visit(browser: Browser, files: Files, look: PageLook = {}): Promise<Visited> {
  const { theme = '', width = 1000, height = 700 } = look
  const context = await browser.newContext({ viewport: { width, height } })
  context.setDefaultTimeout(HOPELESS_MS)
  // The clock stands still, so that the day does not change during the tests.
  await context.addInitScript(STANDING)
  const engine = pythonEngine()
  const asked = new Map<number, (answer: string) => void>()
  engine.addEventListener('message', (event) => {
    const answer = (event as MessageEvent<{ id?: number }>).data
    asked.get(answer.id ?? 0)?.(JSON.stringify(answer))
  })
  await context.exposeFunction(
    'askEngine',
    (message: string) =>
      new Promise<string>((resolve) => {
        asked.set((JSON.parse(message) as { id: number }).id, resolve)
        engine.postMessage(JSON.parse(message))
      }),
  )
  const sent: Visited['sent'] = []
  await context.route('**/*', (route) => {
    const { pathname } = new URL(route.request().url())
    if (pathname === '/router/reports') {
      sent.push(route.request().postData())
      return route.fulfill({ status: 202, body: '' })
    }
    const body = pathname === '/' ? html(theme) : files[pathname]
    const contentType = TYPES[pathname === '/' ? 'html' : (pathname.split('.').at(-1) ?? '')] ?? ''
    if (body === undefined) return route.fulfill({ status: 404, body: '' })
    return route.fulfill({
      body,
      contentType,
      headers: { 'Content-Security-Policy': POLICY },
    })
  })
  const page = await context.newPage()
  const said: string[] = []
  page.on('pageerror', (error) => said.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') said.push(message.text())
  })
  await page.goto(SITE)
  await page.waitForFunction(() => window.stage.isReady())
  const close = async (): Promise<void> => {
    await context.close()
    engine.terminate()
  }
  return { page, said, sent, close }
}

/** The engine's explanations, read from its source. */
export function engineSentences(): string[] {
  const program =
    'import json; from selector.bandit import explanation; from selector.bandit.decisions import reasons\n' +
    'said = (vars(explanation) | vars(reasons)).items()\n' +
    'own = [v for k, v in said if k.isupper() and isinstance(v, str)]\n' +
    'print(json.dumps([*own, *(say for say, _ in explanation.AGES)]))'
  const said = execFileSync('python3', ['-c', program], { cwd: ROOT, encoding: 'utf8' })
  return JSON.parse(said) as string[]
}
