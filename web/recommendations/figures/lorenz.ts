/** The Lorenz curve of plays among videos (Lorenz, 1905). */

/** Shares of all plays that go to the least watched 0, 1 … 100 % of videos. */
export function lorenz(counts: number[]): number[] {
  const sums = [0]
  for (const each of [...counts].sort((a, b) => a - b)) sums.push((sums.at(-1) ?? 0) + each)
  const whole = sums.at(-1) || 1
  return Array.from({ length: 101 }, (_, index) => {
    const place = (index / 100) * counts.length
    const [below, above] = [sums[Math.floor(place)] ?? 0, sums[Math.ceil(place)] ?? 0]
    return (below + (place % 1) * (above - below)) / whole
  })
}

/** Share of all plays that goes to the most watched tenth of videos. */
export const topTenth = (counts: number[]): number => 1 - (lorenz(counts)[90] ?? 0)
