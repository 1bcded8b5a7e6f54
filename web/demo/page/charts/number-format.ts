/** Formats times and rates with few digits. */

export function seconds(value: number | null): string {
  return value === null ? '–' : `${value.toFixed(1)} s`
}

/** Milliseconds below a second, seconds above. */
export function latency(value_s: number | null): string {
  if (value_s === null) return '–'
  return value_s < 0.9995 ? `${Math.round(value_s * 1000)} ms` : `${value_s.toFixed(1)} s`
}

/** Two significant digits. */
export function rate(value_mbps: number | null): string {
  if (value_mbps === null) return '–'
  return value_mbps >= 9.95 ? value_mbps.toFixed(0) : value_mbps.toFixed(1)
}
