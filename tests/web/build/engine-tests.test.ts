/** The engine's own Python tests on the shipped library, in Pyodide under Node and in Chromium. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { bundle } from '../../../web/build/bundle.ts'
import { ROOT } from '../../../web/build/layout.ts'
import { bootStock, PYODIDE_DIR } from '../../../web/build/pyodide.ts'
import { importFrom, writeFile } from '../../../web/build/python.ts'
import { launchChromium } from '../../../web/demo/server/chromium.ts'
import { serveAssets } from './asset-server.ts'
import { closingLine, SUITE, suiteFiles } from './suite.ts'
import type { SuiteOrder } from './suite-worker.ts'

test('the shipped engine passes its own tests in Pyodide under Node', async (t) => {
  const python = await bootStock()
  for (const [path, source] of suiteFiles()) writeFile(python, path, readFileSync(ROOT + source))
  importFrom(python, SUITE)
  const { run } = python.pyimport('suite') as { run: (folder: string) => string }
  t.diagnostic(closingLine(run(SUITE)))
})

test('the shipped engine passes its own tests in a Chromium worker', async (t) => {
  mkdirSync(`${ROOT}.cache/delivery`, { recursive: true })
  writeFileSync(
    `${ROOT}.cache/delivery/suite-worker.js`,
    await bundle('tests/web/build/suite-worker.ts'),
  )
  const server = await serveAssets({ '/project/': ROOT })
  t.after(() => server.close())
  const browser = await launchChromium()
  t.after(() => browser.close())
  const page = await browser.newPage()
  await page.goto(server.origin)
  const printed = await page.evaluate(
    (order) =>
      new Promise<string>((resolve, reject) => {
        const worker = new Worker(`${order.root}.cache/delivery/suite-worker.js`, {
          type: 'module',
        })
        worker.onmessage = ({ data }) => resolve(String(data))
        worker.onerror = ({ message }) => reject(new Error(message))
        worker.postMessage(order)
      }),
    {
      root: `${server.origin}/project/`,
      pyodide: PYODIDE_DIR.replace(ROOT, ''),
      folder: SUITE,
      files: suiteFiles(),
    } satisfies SuiteOrder,
  )
  t.diagnostic(closingLine(printed))
})
