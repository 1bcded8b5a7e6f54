/** Bundles TypeScript for browsers with esbuild. */
import { build, type BuildOptions, type Plugin } from 'esbuild'
import { ROOT } from './layout.ts'
import { packagesIn, SHIPPED } from './notices.ts'

/** Refuses to bundle for shipping what the notices do not name. */
const noticed: Plugin = {
  name: 'noticed',
  setup(building) {
    building.initialOptions.metafile = true
    building.onEnd(({ metafile }) => {
      const found = metafile ? packagesIn(metafile) : []
      const missing = found.filter((name) => !SHIPPED.includes(name))
      return { errors: missing.map((name) => ({ text: `add ${name} to web/build/notices.ts` })) }
    })
  },
}

/** Options for every bundle: ES modules in the syntax of the oldest browser that PeerTube supports. */
export const options = {
  absWorkingDir: ROOT,
  bundle: true,
  format: 'esm',
  target: ['es2022', 'ios15'],
  minify: true,
  // What must be said of others is in one file: see notices.ts.
  legalComments: 'none',
  logLevel: 'warning',
} satisfies BuildOptions

/** The same for what ships. */
export const shipped = { ...options, plugins: [noticed] } satisfies BuildOptions

/** Bundles one entry; names in `define` stand for JSON values in the source. */
export async function bundle(
  entry: string,
  define: Record<string, unknown> = {},
): Promise<Uint8Array> {
  const { outputFiles } = await build({
    ...shipped,
    entryPoints: [entry],
    define: literals(define),
    write: false,
  })
  const [file] = outputFiles
  if (!file) throw new Error(`esbuild made nothing of ${entry}`)
  return file.contents
}

const literals = (define: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(define).map(([name, value]) => [name, JSON.stringify(value)]))
