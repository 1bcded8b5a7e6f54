/** Draws the graph with sigma, in the page's colours. */
import Sigma from 'sigma'
import {
  EdgeLineProgram,
  type NodeHoverDrawingFunction,
  type NodeLabelDrawingFunction,
} from 'sigma/rendering'
import type { ContentGraph, Kind, NodeAttributes, EdgeAttributes } from './content-graph.ts'
import type { Arranged } from './layout.ts'
import { PROGRAMS } from './node-shapes.ts'

const COLOURS: Record<Kind, string> = {
  video: '--accent',
  tag: '--slowest',
  channel: '--origin',
}
const LONGEST_LABEL = 36
const GLIDE = { duration: 300 }

export class Drawing {
  private readonly sigma: Sigma<NodeAttributes, EdgeAttributes>
  private colours: ReturnType<typeof coloursNow>
  private chosen: string | null = null
  private near = new Set<string>()
  /** Areas of the labels in this frame. */
  private labelled: Area[] = []

  /** Throws when the browser cannot draw with WebGL. */
  constructor(
    place: HTMLElement,
    private readonly graph: ContentGraph,
    choose: (node: string | null) => void,
  ) {
    this.colours = coloursNow(graph.size)
    this.sigma = new Sigma<NodeAttributes, EdgeAttributes>(graph, place, {
      nodeProgramClasses: PROGRAMS,
      edgeProgramClasses: { line: EdgeLineProgram },
      defaultEdgeType: 'line',
      hideEdgesOnMove: true,
      labelRenderedSizeThreshold: 3,
      labelDensity: 0.3,
      labelGridCellSize: 200,
      labelFont: 'system-ui, sans-serif',
      labelSize: 13,
      minCameraRatio: 0.01,
      maxCameraRatio: 3,
      defaultDrawNodeLabel: this.drawLabel,
      defaultDrawNodeHover: this.drawHover,
      nodeReducer: (node, spot) => this.lookOf(node, spot),
      edgeReducer: (edge, tie) => this.lookOfTie(edge, tie),
    })
    this.sigma.on('beforeRender', () => (this.labelled = []))
    this.sigma.on('clickNode', ({ node }) => choose(node))
    this.sigma.on('clickStage', () => choose(null))
    this.sigma.on('enterNode', () => (place.style.cursor = 'pointer'))
    this.sigma.on('leaveNode', () => (place.style.cursor = ''))
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.colours = coloursNow(graph.size)
      this.sigma.refresh({ skipIndexation: true })
    })
  }

  /** Sets positions; sigma draws them in the next frame. */
  move({ places }: Arranged): void {
    let index = 0
    this.graph.updateEachNodeAttributes(
      (_, spot) => {
        spot.x = places[index++] ?? 0
        spot.y = places[index++] ?? 0
        return spot
      },
      { attributes: ['x', 'y'] },
    )
  }

  /** Highlights a node and its neighbours. */
  choose(node: string | null): void {
    this.chosen = node
    this.findNear()
    this.sigma.refresh({ skipIndexation: true })
  }

  centre(node: string): void {
    const at = this.sigma.getNodeDisplayData(node)
    const camera = this.sigma.getCamera()
    if (at) void camera.animate({ x: at.x, y: at.y, ratio: Math.min(camera.ratio, 0.3) }, GLIDE)
  }

  /** Redraws after a change of the filter. */
  refresh(): void {
    this.findNear()
    this.sigma.refresh()
  }

  zoom(by: 'in' | 'out' | 'whole'): void {
    const camera = this.sigma.getCamera()
    if (by === 'whole') void camera.animatedReset(GLIDE)
    else void (by === 'in' ? camera.animatedZoom(GLIDE) : camera.animatedUnzoom(GLIDE))
  }

  private findNear(): void {
    this.near = new Set()
    if (this.chosen === null) return
    this.graph.forEachEdge(this.chosen, (_, { hidden }, one, other) => {
      if (!hidden) this.near.add(one).add(other)
    })
  }

  private lookOf(node: string, { type, x, y, size, label, hidden }: NodeAttributes) {
    const beside = this.chosen !== null && node !== this.chosen && !this.near.has(node)
    return {
      ...{ x, y, type, hidden },
      size: node === this.chosen ? size + 4 : size,
      label: beside ? null : shorten(label),
      color: beside ? this.colours.faint : this.colours[type],
      forceLabel: node === this.chosen,
      highlighted: node === this.chosen,
    }
  }

  private lookOfTie(edge: string, { hidden }: EdgeAttributes) {
    if (this.chosen === null) return { hidden, color: this.colours.line }
    const own = this.graph.hasExtremity(edge, this.chosen)
    return { hidden: hidden || !own, color: this.colours.strong }
  }

  /** Draws a label with a halo, unless it would overlap another one. */
  private readonly drawLabel: NodeLabelDrawingFunction<NodeAttributes, EdgeAttributes> = (
    context,
    data,
    settings,
  ) => {
    if (!data.label) return
    context.font = `${settings.labelSize}px ${settings.labelFont}`
    const width = context.measureText(data.label).width
    const right = data.x + data.size + 3
    const fits = right + width <= context.canvas.clientWidth
    const x = fits ? right : data.x - data.size - 3 - width
    const area = { x, y: data.y - settings.labelSize / 2, width, height: settings.labelSize }
    if (!data.forceLabel && this.labelled.some((other) => overlap(area, other))) return
    this.labelled.push(area)
    context.lineJoin = 'round'
    context.lineWidth = 4
    context.strokeStyle = this.colours.card
    context.fillStyle = this.colours.text
    context.strokeText(data.label, x, data.y + settings.labelSize / 3)
    context.fillText(data.label, x, data.y + settings.labelSize / 3)
  }

  private readonly drawHover: NodeHoverDrawingFunction<NodeAttributes, EdgeAttributes> = (
    context,
    data,
    settings,
  ) => {
    context.beginPath()
    context.arc(data.x, data.y, data.size + 4, 0, 2 * Math.PI)
    context.lineWidth = 2.5
    context.strokeStyle = this.colours.text
    context.stroke()
    this.drawLabel(context, { ...data, forceLabel: true }, settings)
  }
}

interface Area {
  x: number
  y: number
  width: number
  height: number
}

const overlap = (one: Area, other: Area): boolean =>
  Math.abs(one.x + one.width / 2 - other.x - other.width / 2) < (one.width + other.width) / 2 &&
  Math.abs(one.y - other.y) < one.height

/** Colours of the style sheet; more edges are drawn fainter. */
function coloursNow(lines: number) {
  const style = getComputedStyle(document.documentElement)
  const of = (name: string): string => style.getPropertyValue(name).trim()
  return {
    video: of(COLOURS.video),
    tag: of(COLOURS.tag),
    channel: of(COLOURS.channel),
    ...{ text: of('--text'), card: of('--card'), strong: of('--quiet'), faint: of('--line') },
    line: translucent(of('--quiet'), Math.min(0.3, Math.sqrt(60 / lines))),
  }
}

/** A colour with alpha, premultiplied as sigma needs it. */
function translucent(hex: string, alpha: number): string {
  const parts = (hex.match(/[0-9a-f]{2}/gi) ?? []).map((part) => alpha * parseInt(part, 16))
  return `rgba(${parts.map(Math.round).join(',')},${alpha})`
}

const shorten = (label: string): string =>
  label.length > LONGEST_LABEL ? `${label.slice(0, LONGEST_LABEL - 1)}…` : label
