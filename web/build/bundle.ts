/** Bundles TypeScript for browsers with esbuild. */
import { build, type BuildOptions } from 'esbuild'
import { ROOT } from './layout.ts'

/** Options for every bundle: ES modules in the syntax of the oldest browser that PeerTube supports. */
export const options = {
  absWorkingDir: ROOT,
  bundle: true,
  format: 'esm',
  target: ['es2022', 'ios15'],
  minify: true,
  legalComments: 'none',
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
