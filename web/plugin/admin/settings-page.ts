/** Adds the status and the form validation to PeerTube's page of this plugin's settings. */
import type { RegisterClientOptions } from '@peertube/peertube-types/client'
import { guardForm } from './form-validation.ts'
import { element } from './sentences.ts'
import { addServiceCheck } from './service-check.ts'
import { addSourceCheck } from './source-check.ts'
import { showStatus } from './status.ts'
import { isAllowed, readSettings, type Name, type Settings } from '../shared/settings.ts'

export { showStatus }

const PACKAGE = 'peertube-plugin-mirrorwise'
/** One of our fields; PeerTube names each field by its setting. */
const FIELD = '#control-percent'
const PATIENCE_MS = 10_000

type Hides = Parameters<RegisterClientOptions['registerSettingsScript']>[0]['isSettingHidden']

/** Settings that count only while a switch is on. */
const DEPENDS: Partial<Record<Name, keyof Settings>> = {
  'keep-playlists-mb': 'keep-playlists',
  epsilon: 'reports',
  'reports-per-address': 'reports',
  'recommendation-policy': 'recommendations',
  'watch-events': 'recommendations',
}

export function register(options: RegisterClientOptions): void {
  const { registerHook, registerSettingsScript, peertubeHelpers } = options
  registerSettingsScript({ isSettingHidden })
  registerHook({
    target: 'action:admin-plugin-settings.init',
    handler: ({ npmName }: { npmName: string }) => {
      if (npmName === PACKAGE) void equip(peertubeHelpers)
    },
  })
}

/** Says whether a field is of no use now; never of one whose value is refused. */
function isSettingHidden({ setting, formValues }: Parameters<Hides>[0]): boolean {
  const name = setting.name as Name
  const needed = DEPENDS[name]
  return !!needed && !readSettings(formValues).settings[needed] && isAllowed(name, formValues[name])
}

async function equip(helpers: RegisterClientOptions['peertubeHelpers']): Promise<void> {
  const form = (await appears(FIELD)).closest('form')
  if (!form) return
  guardForm(form, helpers.translate)
  const status = element('section', { className: 'mirrorwise-status', ariaLabel: 'Mirrorwise' })
  form.before(status)
  await addServiceCheck(form, helpers)
  await addSourceCheck(form, helpers)
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
