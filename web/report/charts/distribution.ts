/** Histogram of a host's viewers by TTFB or rate, beside the origin's. */
import { amount, nameOf, told } from '../sentences/figures.ts'
import { frame } from './frame.ts'
import {
  isEstimate,
  NOTHING,
  type Figure,
  type HostQuality,
  type Scales,
} from '../service/report.ts'
import { shareScale } from './scales.ts'

const SUBJECTS = {
  ttfb: {
    times: 1000,
    title: 'Viewers by first byte, ms',
    bars: 'ttfb_histogram',
    edges: 'ttfb_s',
  },
  rate: {
    times: 1e-6,
    title: 'Viewers by rate, Mbit/s',
    bars: 'rate_histogram',
    edges: 'rate_bps',
  },
} as const

export function distribution(
  kind: keyof typeof SUBJECTS,
  mirror: HostQuality,
  origin: HostQuality | null,
  scales: Scales,
): HTMLElement {
  const { title, bars, edges, times } = SUBJECTS[kind]
  const own = mirror[bars]
  const others = origin && origin !== mirror ? origin[bars] : []
  const compared = others.some(isEstimate)
  const words = scales[edges].map((edge) => amount(kind, edge))
  const short = scales[edges].map((edge) => String(Math.round(edge * times)))
  return frame({
    title,
    keys: [
      ['dot', 'this host'],
      ...(compared ? [['diamond', 'origin'] as ['diamond', string]] : []),
    ],
    table: {
      head: ['Bucket', nameOf(mirror.host), ...(compared && origin ? [nameOf(origin.host)] : [])],
      rows: own.map((figure, index) => [
        bucket(words, index),
        told('share', figure),
        ...(compared ? [told('share', others[index] ?? NOTHING)] : []),
      ]),
    },
    picture: own.some(isEstimate) ? pictureOf(title, short, own, compared ? others : []) : null,
    missing: own.some(isEstimate) ? null : `${sentence(told('share', own[0] ?? NOTHING))}.`,
  })
}

const sentence = (words: string): string => words.slice(0, 1).toUpperCase() + words.slice(1)

function bucket(words: string[], index: number): string {
  if (index === 0) return `below ${words[0] ?? ''}`
  return index === words.length
    ? `above ${words.at(-1) ?? ''}`
    : `${words[index - 1] ?? ''} to ${words[index] ?? ''}`
}

function pictureOf(title: string, edges: string[], own: Figure[], others: Figure[]) {
  const ticks = edges.map((words, index) => ({ at: index + 0.5, words }))
  return {
    label: `${title}; the table below holds the figures`,
    x: { at: own.map((_, index) => index), low: -0.5, high: own.length - 0.5, ticks },
    scale: shareScale([...own, ...others]),
    series: [
      {
        marker: 'dot' as const,
        figures: own,
        joined: 'bars' as const,
        aside_px: others.length > 0 ? -5 : 0,
      },
      ...(others.length > 0
        ? [{ marker: 'diamond' as const, figures: others, joined: 'none' as const, aside_px: 6 }]
        : []),
    ],
    marks: [],
  }
}
