/**
 * The videos that were opened in this tab, so that a list does not lead back to them. They stay in
 * the tab, and end with it.
 */
const KEY = 'mirrorwise-played'
const MOST = 200

/** Where the browser stores nothing, the page remembers until it is loaded again. */
let remembered: string[] = []

/** UUIDs, the last one opened last. */
export function playedHere(): string[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '[]')
    const isList = Array.isArray(kept) && kept.every((each) => typeof each === 'string')
    return isList && kept.length > 0 ? kept : remembered
  } catch {
    return remembered
  }
}

export function notePlayed(uuid: string): void {
  remembered = [...playedHere().filter((each) => each !== uuid), uuid].slice(-MOST)
  try {
    sessionStorage.setItem(KEY, JSON.stringify(remembered))
  } catch {
    // The page remembers.
  }
}

export function forgetPlayed(): void {
  remembered = []
  try {
    sessionStorage.removeItem(KEY)
  } catch {
    // Nothing was stored.
  }
}

/** Videos that were not opened in this tab, then the others, those first that were longest ago. */
export function unplayedFirst<Video extends { uuid: string }>(
  videos: readonly Video[],
  played: readonly string[],
): Video[] {
  const when = ({ uuid }: Video) => played.lastIndexOf(uuid)
  return [...videos].sort((one, other) => when(one) - when(other))
}
