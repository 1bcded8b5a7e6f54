/** Medians, tables and a description of the machine, for results in Markdown. */
import { availableParallelism, cpus } from 'node:os'
import { launchChromium } from '../../web/demo/server/chromium.ts'

/** Quantile by the nearest rank. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

export const median = (values: readonly number[]) => quantile(values, 0.5)

/** Median [minimum–maximum]. */
export const spread = (values: readonly number[]) =>
  `${median(values).toFixed(0)} [${Math.min(...values).toFixed(0)}–${Math.max(...values).toFixed(0)}]`

/** A Markdown table; the first row is its head. */
export function table(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows
  const lines = [head, head.map((_, column) => (column ? '--:' : '---')), ...body]
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

/** Browser, Node and processors that the figures were measured on. */
export async function machine(): Promise<string> {
  const browser = await launchChromium()
  const version = browser.version()
  await browser.close()
  return `Chromium ${version}, Node ${process.versions.node}, ${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown processor'}`
}
