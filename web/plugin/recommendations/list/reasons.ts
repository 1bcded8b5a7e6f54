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

/**
 * The recommended videos by a strategy of the service, best first; null when the service does not
 * answer.
 */
export async function recommended(
  wanted: { strategy: string; video?: string; count?: string },
  preferences: URLSearchParams,
  router: string,
): Promise<Recommended[] | null> {
  const more = { count: String(COUNT), nsfw: 'true', ...wanted }
  const said = Object(
    await fetchJson(`${router}recommendations/videos`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      // In the body: addresses are logged on the way, with the viewer's token and videos.
      body: JSON.stringify({ ...Object.fromEntries(preferences), ...more }),
    }),
  ) as { data?: Recommended[] }
  return said.data ?? null
}

/** Replaces the UUIDs in reasons by the names of their videos, which the service has added. */
export function nameVideos({ say, values, points }: Reason): Reason {
  const { name, ...others } = values
  return { say, values: name === undefined ? values : { ...others, video: name }, points }
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
