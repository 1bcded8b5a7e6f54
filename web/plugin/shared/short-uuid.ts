/** PeerTube's short UUIDs in the addresses of watch pages: base 58. */

const DIGITS = '123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ'
const BITS = 128n

export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const SHORT = /^[1-9a-km-zA-HJ-NP-Z]{20,22}$/

/** Parses a long or short UUID; null for anything else. */
export function readUuid(text: string): string | null {
  if (UUID.test(text)) return text
  if (!SHORT.test(text)) return null
  const number = text
    .split('')
    .reduce((sum, digit) => sum * 58n + BigInt(DIGITS.indexOf(digit)), 0n)
  if (number >> BITS) return null
  const hex = number.toString(16).padStart(32, '0')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
