/** Adds the status and the form validation to PeerTube's page of this plugin's settings. */
import type { RegisterClientOptions } from '@peertube/peertube-types/client'
import { guardForm } from './form-validation.ts'
import { element } from './sentences.ts'
import { showStatus } from './status.ts'

export { showStatus }

const PACKAGE = 'peertube-plugin-mirrorwise'
/** One of our fields; PeerTube names each field by its setting. */
const FIELD = '#control-percent'
const PATIENCE_MS = 10_000

export function register({ registerHook, peertubeHelpers }: RegisterClientOptions): void {
  registerHook({
    target: 'action:admin-plugin-settings.init',
    handler: ({ npmName }: { npmName: string }) => {
      if (npmName === PACKAGE) void equip(peertubeHelpers)
    },
  })
}

async function equip(helpers: RegisterClientOptions['peertubeHelpers']): Promise<void> {
  const form = (await appears(FIELD)).closest('form')
  if (!form) return
  guardForm(form, helpers.translate)
  const status = element('section', { className: 'mirrorwise-status', ariaLabel: 'Mirrorwise' })
  form.before(status)
  await showStatus(status, helpers)
}

/** Waits for the element: PeerTube calls the hook before it draws the form. */
function appears(selector: string): Promise<Element> {
  return new Promise((resolve) => {
    const look = (): void => {
      const found = document.querySelector(selector)
      if (!found) return
      observer.disconnect()
      resolve(found)
    }
    const observer = new MutationObserver(look)
    observer.observe(document, { childList: true, subtree: true })
    look()
    setTimeout(() => observer.disconnect(), PATIENCE_MS)
  })
}
