/** What the service recommends and why, with videos called by their names. */
import { asJson } from '../asking.ts'
import { LABEL, LANGUAGE, TEXT } from '../strings.ts'
import type { Reason } from './why.ts'

/** More than the page shows, because PeerTube leaves some out. */
const COUNT = 45

/** A video that the service recommends next to the one that plays. */
export interface Recommended {
  uuid: string
  recommendation: { reasons: Reason[] }
}

/** Best first; null when the service does not answer. */
export async function recommended(
  playing: string,
  wishes: URLSearchParams,
  router: string,
): Promise<Recommended[] | null> {
  const asked = new URLSearchParams(wishes)
  const more = { strategy: 'related', video: playing, count: String(COUNT), nsfw: 'true' }
  for (const [name, value] of Object.entries(more)) asked.set(name, value)
  const said = Object(await asJson(`${router}recommendations/videos?${asked}`)) as {
    data?: Recommended[]
  }
  return said.data ?? null
}

/** The service knows videos by their UUIDs. */
export async function nameVideos(reasons: Reason[], names: Map<string, string>): Promise<Reason[]> {
  const nameOf = async (uuid: string): Promise<string> => {
    const { name } = Object(await asJson(`/api/v1/videos/${encodeURIComponent(uuid)}`)) as {
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

/** A label is a tag with its #, or a word for its kind and then the category or the language. */
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
