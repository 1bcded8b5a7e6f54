/** What PeerTube's page of this plugin's settings gets in addition: a status, and refusals. */
import type { RegisterClientOptions } from '@peertube/peertube-types/client'
import { guardForm } from './refusal.ts'
import { element } from './sentences.ts'
import { showStatus } from './status.ts'

export { showStatus }

const PACKAGE = 'peertube-plugin-mirrorwise'
/** One of ours, by whose name PeerTube calls its field. */
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

/** The form is announced before it is drawn; but a page that lacks it is not watched for ever. */
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
