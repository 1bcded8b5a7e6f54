/** A chart of estimates with their confidence intervals, drawn by uPlot. */
import uPlot from 'uplot'
import { axis, colour, HEIGHT_PX, plotWhenNear } from './plot.ts'
import { isEstimate, type Estimate, type Figure } from '../service/report.ts'
import type { Scale } from './scales.ts'

export type Marker = 'dot' | 'triangle' | 'diamond'

export interface Series {
  marker: Marker
  figures: Figure[]
  /** How the estimates are joined: by a line, as bars from zero, or not at all. */
  joined: 'line' | 'bars' | 'none'
  /** Horizontal offset, so that intervals do not hide one another. */
  aside_px: number
}

export interface Picture {
  /** The text for screen readers. */
  label: string
  x: { at: number[]; low: number; high: number; ticks: Scale['ticks'] }
  scale: Scale
  series: Series[]
  /** The origin's interval over the whole time. */
  band?: Estimate | undefined
  /** Moments marked with a vertical line and a text. */
  marks: { at: number; words: string }[]
}

export const chart = (place: HTMLElement, picture: Picture): void =>
  plotWhenNear(place, picture.label, (width) => [optionsOf(picture, width), dataOf(picture)])

function dataOf({ x, scale, series }: Picture): uPlot.AlignedData {
  const values = series.map(({ figures }) =>
    figures.map((each) => (isEstimate(each) ? scale.place(each.value) : null)),
  )
  return [x.at, ...values]
}

function optionsOf(picture: Picture, width: number): uPlot.Options {
  const { x, scale, series } = picture
  return {
    width,
    height: HEIGHT_PX,
    padding: [picture.marks.length > 0 ? 18 : 8, 12, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: [x.low, x.high] },
      y: { range: [scale.low, scale.high] },
    },
    axes: [axis(x.ticks, 28), axis(scale.ticks, 72)],
    series: [{}, ...series.map(seriesOptions)],
    hooks: {
      drawClear: [(plot) => drawBand(plot, picture)],
      draw: [
        (plot) => {
          drawMarks(plot, picture)
          picture.series.forEach((each) => drawSeries(plot, picture, each))
        },
      ],
    },
  }
}

function seriesOptions({ joined, marker }: Series): uPlot.Series {
  const bars = joined === 'bars' ? uPlot.paths.bars?.({ size: [0.72] }) : undefined
  return {
    stroke: () => colour(COLOURS[marker]),
    width: joined === 'none' ? 0 : 1,
    fill: () => (joined === 'bars' ? colour('--bar') : 'transparent'),
    points: { show: false },
    ...(bars ? { paths: bars } : {}),
    ...(joined === 'none' ? { paths: () => null } : {}),
  }
}

export const COLOURS: Record<Marker, string> = {
  dot: '--accent',
  triangle: '--slowest',
  diamond: '--origin',
}

function drawBand(plot: uPlot, { band, scale }: Picture): void {
  if (!band) return
  const { ctx, bbox } = plot
  const [top, bottom, middle] = [band.high ?? Infinity, band.low, band.value].map((value) =>
    plot.valToPos(scale.place(value), 'y', true),
  ) as [number, number, number]
  ctx.save()
  ctx.globalAlpha = 0.16
  ctx.fillStyle = colour('--origin')
  ctx.fillRect(bbox.left, top, bbox.width, bottom - top)
  ctx.globalAlpha = 1
  stroke(ctx, '--origin', [bbox.left, middle, bbox.left + bbox.width, middle], [6, 4])
  ctx.restore()
}

function drawMarks(plot: uPlot, { marks }: Picture): void {
  const { ctx, bbox } = plot
  for (const { at, words } of marks) {
    const x = plot.valToPos(at, 'x', true)
    stroke(ctx, '--text', [x, bbox.top, x, bbox.top + bbox.height], [3, 3])
    ctx.fillStyle = colour('--text')
    ctx.font = `${12 * uPlot.pxRatio}px system-ui, sans-serif`
    const late = x > bbox.left + bbox.width / 2
    ctx.textAlign = late ? 'right' : 'left'
    ctx.textBaseline = 'bottom'
    ctx.fillText(words, x, bbox.top - 4 * uPlot.pxRatio)
  }
}

function drawSeries(plot: uPlot, { x, scale }: Picture, series: Series): void {
  const { ctx } = plot
  const name = COLOURS[series.marker]
  series.figures.forEach((figure, index) => {
    if (!isEstimate(figure)) return
    const across = plot.valToPos(x.at[index] ?? 0, 'x', true) + series.aside_px * uPlot.pxRatio
    const y = (value: number) => plot.valToPos(scale.place(value), 'y', true)
    const [low, high, middle] = [y(figure.low), y(figure.high ?? Infinity), y(figure.value)]
    const cap = 4 * uPlot.pxRatio
    stroke(ctx, name, [across, low, across, high])
    for (const end of [low, high].filter((each) => isInside(plot, each))) {
      stroke(ctx, name, [across - cap, end, across + cap, end])
    }
    drawMarker(ctx, series.marker, across, middle)
  })
}

/** Whether an end of an interval lies on the scale, and so gets a cap. */
const isInside = ({ bbox }: uPlot, y: number): boolean =>
  y > bbox.top + 1 && y < bbox.top + bbox.height - 1

type Line = [fromX: number, fromY: number, toX: number, toY: number]

function stroke(
  ctx: CanvasRenderingContext2D,
  name: string,
  [fromX, fromY, toX, toY]: Line,
  dash: number[] = [],
): void {
  ctx.beginPath()
  ctx.setLineDash(dash.map((each) => each * uPlot.pxRatio))
  ctx.lineWidth = 1.5 * uPlot.pxRatio
  ctx.strokeStyle = colour(name)
  ctx.moveTo(fromX, fromY)
  ctx.lineTo(toX, toY)
  ctx.stroke()
  ctx.setLineDash([])
}

function drawMarker(ctx: CanvasRenderingContext2D, marker: Marker, x: number, y: number): void {
  const size = 5 * uPlot.pxRatio
  ctx.beginPath()
  if (marker === 'dot') ctx.arc(x, y, size * 0.9, 0, 2 * Math.PI)
  else {
    const shape = corners(marker === 'triangle' ? 3 : 4)
    shape.forEach(([dx, dy]) => ctx.lineTo(x + size * dx, y + size * dy))
  }
  ctx.closePath()
  ctx.fillStyle = colour(marker === 'diamond' ? '--card' : COLOURS[marker])
  ctx.fill()
  ctx.lineWidth = 1.5 * uPlot.pxRatio
  ctx.strokeStyle = colour(COLOURS[marker])
  ctx.stroke()
}

/** Corners of a regular polygon, the first one on top. */
const corners = (count: number): [number, number][] =>
  Array.from({ length: count }, (_, index) => {
    const angle = (2 * Math.PI * index) / count
    return [Math.sin(angle), -Math.cos(angle)]
  })
