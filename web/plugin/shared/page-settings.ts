/** Asks for the plugin's public settings once per page, although two scripts need them. */

const KEY: unique symbol = Symbol.for('mirrorwise.settings')

type Kept = Record<string, unknown>

/** The settings as PeerTube stores them; asked for again after a failure. */
export function settingsOfPage(helpers: { getSettings(): Promise<Kept> }): Promise<Kept> {
  const page = globalThis as { [KEY]?: Promise<Kept> | undefined }
  const asked = (page[KEY] ??= helpers.getSettings())
  asked.catch(() => (page[KEY] = undefined))
  return asked
}
