/**
 * Registers the plugin's pages: the status `/p/mirrorwise`, and `/p/mirrorwise/for-you`. Loaded with
 * every page of PeerTube, and so short; no link in the menu, for which every page would have to ask
 * for the settings.
 */
import type { RegisterClientOptions } from '@peertube/peertube-types/client'

export function register({ registerClientRoute, peertubeHelpers }: RegisterClientOptions): void {
  const page = (route: string, title: string, style: string, show: Show): void =>
    registerClientRoute({
      route,
      title,
      onMount: ({ rootEl }) => {
        rootEl.classList.add(style, 'margin-content')
        void show(rootEl)
      },
    })
  page('mirrorwise', 'Mirrorwise', 'mirrorwise-status', async (root) =>
    (await importAdmin()).showStatus(root, peertubeHelpers),
  )
  page('mirrorwise/for-you', 'For you', 'mirrorwise-for-you', async (root) =>
    (await importForYou()).showForYou(root, peertubeHelpers),
  )
}

type Show = (root: HTMLElement) => Promise<void>

const importAdmin = () =>
  import(new URL('admin.js', import.meta.url).href) as Promise<typeof import('./settings-page.ts')>

const importForYou = () =>
  import(new URL('for-you.js', import.meta.url).href) as Promise<
    typeof import('../recommendations/for-you/page.ts')
  >
