/** Which part of a mirror's viewers had which TTFB or rate, beside the origin's. */
import { amount, nameOf, told } from './figures.ts'
import { frame } from './frame.ts'
import { isEstimate, NOTHING, type Figure, type HostQuality, type Scales } from './report.ts'
import { shareScale } from './scales.ts'

const SUBJECTS = {
  ttfb: { title: 'Viewers by time to first byte', bars: 'ttfb_histogram', edges: 'ttfb_s' },
  rate: { title: 'Viewers by rate', bars: 'rate_histogram', edges: 'rate_bps' },
} as const

export function distribution(
  kind: keyof typeof SUBJECTS,
  mirror: HostQuality,
  origin: HostQuality | null,
  scales: Scales,
): HTMLElement {
  const { title, bars, edges } = SUBJECTS[kind]
  const own = mirror[bars]
  const others = origin && origin !== mirror ? origin[bars] : []
  const compared = others.some(isEstimate)
  const words = scales[edges].map((edge) => amount(kind, edge))
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
    picture: own.some(isEstimate) ? pictureOf(title, words, own, compared ? others : []) : null,
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

function pictureOf(title: string, words: string[], own: Figure[], others: Figure[]) {
  // On an axis as narrow as a phone's only every second edge has room for its name.
  const ticks = words.map((edge, index) => ({
    at: index + 0.5,
    words: index % 2 === 0 ? edge.replace(' Mbit/s', ' M') : '',
  }))
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
