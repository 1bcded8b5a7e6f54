/** Makes autoplay skip dismissed videos; PeerTube's autoplay takes the first video of the list. */
import { shownItems, titleOf, watchLink } from './list-buttons.ts'

export interface LoadOptions {
  nextVideo?: { handler?: () => void; getVideoTitle?: () => string }
}

export function skipDismissed(options: LoadOptions): void {
  const { nextVideo } = options
  const { handler, getVideoTitle } = nextVideo ?? {}
  if (!nextVideo || !handler || !getVideoTitle) return
  nextVideo.handler = () => {
    const instead = insteadOfFirst()
    if (instead) watchLink(instead)?.click()
    else handler()
  }
  nextVideo.getVideoTitle = () => {
    const instead = insteadOfFirst()
    return instead ? titleOf(instead) : getVideoTitle()
  }
}

/** The video to play if the first of the list is dismissed; null if it is not, and in playlists. */
function insteadOfFirst(): Element | null {
  if (/^\/(w|videos\/watch)\/p\//.test(location.pathname)) return null
  const [first, ...others] = shownItems()
  const isFine = (item: Element) => !item.classList.contains('mirrorwise-dismissed')
  return first && !isFine(first) ? (others.find(isFine) ?? null) : null
}
