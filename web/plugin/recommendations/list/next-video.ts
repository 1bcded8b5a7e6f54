/** What autoplay takes: the first of "Other videos", but none that the viewer has just dismissed. */
import { shownItems, titleOf, watchLink } from './links.ts'

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

/** Null where PeerTube's own choice is fine; a playlist has an order of its own. */
function insteadOfFirst(): Element | null {
  if (/^\/(w|videos\/watch)\/p\//.test(location.pathname)) return null
  const [first, ...others] = shownItems()
  const isFine = (item: Element) => !item.classList.contains('mirrorwise-dismissed')
  return first && !isFine(first) ? (others.find(isFine) ?? null) : null
}
