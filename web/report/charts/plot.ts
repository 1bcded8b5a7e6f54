/** uPlot charts that are drawn when they come into view, resized, and redrawn in dark mode. */
import uPlot from 'uplot'
import type { Scale } from './scales.ts'

export const HEIGHT_PX = 190
const FONT = '12px system-ui, sans-serif'

type Plotted = (width: number) => [uPlot.Options, uPlot.AlignedData]

/** How to draw the charts that have not come near the window yet; paper shows them all. */
const undrawn = new WeakMap<Element, () => void>()
addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll<HTMLDetailsElement>('details.fold'))
    details.open = true
  for (const place of document.querySelectorAll('.plot')) undrawn.get(place)?.()
})

/** Draws as soon as `place` comes near the window: a page of 64 mirrors has hundreds of charts. */
export function plotWhenNear(place: HTMLElement, label: string, plotted: Plotted): void {
  place.setAttribute('role', 'img')
  place.setAttribute('aria-label', label)
  place.style.minHeight = `${HEIGHT_PX}px`
  const near = new IntersectionObserver(([entry]) => entry?.isIntersecting && draw(), {
    rootMargin: '400px',
  })
  const draw = (): void => {
    near.disconnect()
    undrawn.delete(place)
    keep(place, new uPlot(...plotted(place.clientWidth), place))
  }
  undrawn.set(place, draw)
  near.observe(place)
}

function keep(place: HTMLElement, plot: uPlot): void {
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const recolour = () => plot.redraw(false)
  dark.addEventListener('change', recolour)
  const resized = new ResizeObserver(() => {
    if (place.isConnected) {
      plot.setSize({ width: place.clientWidth, height: HEIGHT_PX })
      return
    }
    // The chart was removed from the page by a change of filters.
    resized.disconnect()
    dark.removeEventListener('change', recolour)
    plot.destroy()
  })
  resized.observe(place)
}

export function axis(ticks: Scale['ticks'], size: number): uPlot.Axis {
  const words = new Map(ticks.map(({ at, words }) => [at, words]))
  return {
    size,
    font: FONT,
    stroke: () => colour('--quiet'),
    grid: { stroke: () => colour('--line'), width: 1 },
    ticks: { show: false },
    splits: () => ticks.map(({ at }) => at),
    values: (_, splits) => splits.map((at) => words.get(at) ?? ''),
  }
}

export const colour = (name: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(name)
