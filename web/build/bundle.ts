/** Bundles TypeScript for browsers with esbuild. */
import { build, type BuildOptions, type Plugin } from 'esbuild'
import { ROOT } from './layout.ts'
import { packagesIn } from './notices.ts'

/** Packages of others that have been bundled so far. */
export const bundledPackages = new Set<string>()

const recordPackages: Plugin = {
  name: 'record packages',
  setup(building) {
    building.initialOptions.metafile = true
    building.onEnd(({ metafile }) => {
      for (const name of metafile ? packagesIn(metafile) : []) bundledPackages.add(name)
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
  plugins: [recordPackages],
  logLevel: 'warning',
} satisfies BuildOptions

/** Bundles one entry; names in `define` stand for JSON values in the source. */
export async function bundle(
  entry: string,
  define: Record<string, unknown> = {},
): Promise<Uint8Array> {
  const { outputFiles } = await build({
    ...options,
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
