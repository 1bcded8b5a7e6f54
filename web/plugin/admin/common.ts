/** Registers the status page `/p/mirrorwise`; loaded with every page of PeerTube, and so short. */
import type { RegisterClientOptions } from '@peertube/peertube-types/client'

export function register({ registerClientRoute, peertubeHelpers }: RegisterClientOptions): void {
  registerClientRoute({
    route: 'mirrorwise',
    title: 'Mirrorwise',
    onMount: ({ rootEl }) => {
      rootEl.classList.add('mirrorwise-status', 'margin-content')
      void importAdmin().then(({ showStatus }) => showStatus(rootEl, peertubeHelpers))
    },
  })
}

const importAdmin = () =>
  import(new URL('admin.js', import.meta.url).href) as Promise<typeof import('./settings-page.ts')>
