/**
 * Fetches recommendations and their reasons, and puts names of videos and languages into the
 * reasons.
 */
import { fetchJson } from '../fetch-json.ts'
import { LABEL, LANGUAGE, TEXT } from '../strings.ts'
import type { Reason } from './explanation-dialog.ts'

/** Number of requested videos: more than the page shows, because PeerTube hides some. */
const COUNT = 45

/** A video that the service recommends next to the one that plays. */
export interface Recommended {
  uuid: string
  recommendation: { reasons: Reason[] }
}

/** The recommended videos, best first; null when the service does not answer. */
export async function recommended(
  playing: string,
  preferences: URLSearchParams,
  router: string,
): Promise<Recommended[] | null> {
  const asked = new URLSearchParams(preferences)
  const more = { strategy: 'related', video: playing, count: String(COUNT), nsfw: 'true' }
  for (const [name, value] of Object.entries(more)) asked.set(name, value)
  const said = Object(await fetchJson(`${router}recommendations/videos?${asked}`)) as {
    data?: Recommended[]
  }
  return said.data ?? null
}

/** Replaces UUIDs in reasons by the names of their videos. */
export async function nameVideos(reasons: Reason[], names: Map<string, string>): Promise<Reason[]> {
  const nameOf = async (uuid: string): Promise<string> => {
    const { name } = Object(await fetchJson(`/api/v1/videos/${encodeURIComponent(uuid)}`)) as {
      name?: unknown
    }
    return typeof name === 'string' ? name : uuid
  }
  return Promise.all(
    reasons.map(async (reason) => {
      const { video } = reason.values
      if (typeof video !== 'string') return reason
      const name = names.get(video) ?? (await nameOf(video))
      return { ...reason, values: { ...reason.values, video: name } }
    }),
  )
}

/** Rewrites a reason about a label for viewers, such as `#tag`, `category …` or `language …`. */
export function plainly({ say, values, points }: Reason): Reason {
  const [, kind, name = ''] = /^(category|language) (.+)$/.exec(String(values['label'])) ?? []
  if (say === LABEL && kind === 'category') {
    return { say: TEXT.category, values: { category: name }, points }
  }
  const code = say === LANGUAGE ? values['language'] : say === LABEL && kind ? name : null
  if (code === null) return { say, values, points }
  return { say: LANGUAGE, values: { language: languageOf(String(code)) }, points }
}

function languageOf(code: string): string {
  try {
    return (
      new Intl.DisplayNames(document.documentElement.lang, { type: 'language' }).of(code) ?? code
    )
  } catch {
    return code
  }
}
