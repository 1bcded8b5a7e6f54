/**
 * Runs a plugin's client scripts as PeerTube's plugin manager does: imports them, gives them the
 * same helpers, calls their hooks in order of priority, and logs their errors without further
 * consequences.
 */
import type { RegisteredPlugin } from '../../contract.ts'

export type Scope = 'video-watch' | 'embed'

// Payloads differ between versions of PeerTube; plugins check them.
type Handler = (first: unknown, params?: unknown) => unknown

interface Hook {
  target: string
  handler: Handler
  priority?: number
}

interface ClientScript {
  register: (options: Record<string, unknown>) => unknown
}

export class HookHost {
  readonly #scope: Scope
  readonly #authorization: string | null
  readonly #hooks = new Map<string, Hook[]>()

  constructor(scope: Scope, authorization: string | null) {
    this.#scope = scope
    this.#authorization = authorization
  }

  /** Loads the scripts of this scope; resolves when all have registered or failed. */
  async load(plugins: RegisteredPlugin[]): Promise<void> {
    const loading = plugins.flatMap((plugin) =>
      Object.values(plugin.clientScripts)
        .filter(({ scopes }) => scopes.includes(this.#scope))
        .map(({ script }) => this.#loadScript(plugin, script)),
    )
    await Promise.all(loading)
    for (const hooks of this.#hooks.values())
      hooks.sort((a, b) => (b.priority ?? 0) - (a.priority ?? 0))
  }

  /** Runs all hooks of a filter, and returns the result; a hook that throws leaves it unchanged. */
  async filter<T>(target: `filter:${string}`, result: T, params?: unknown): Promise<T> {
    for (const { handler } of this.#hooks.get(target) ?? []) {
      try {
        result = (await handler(result, params)) as T
      } catch (error) {
        console.error(`Cannot run hook ${target}`, error)
      }
    }
    return result
  }

  /** Runs all hooks of an action, without waiting for them. */
  act(target: `action:${string}`, params: unknown): void {
    for (const { handler } of this.#hooks.get(target) ?? []) {
      Promise.resolve(params)
        .then(handler)
        .catch((error: unknown) => console.error(`Cannot run hook ${target}`, error))
    }
  }

  async #loadScript(plugin: RegisteredPlugin, script: string): Promise<void> {
    const root = `/plugins/${plugin.name}/${plugin.version}`
    try {
      const url = `${location.origin}${root}/client-scripts/${script}`
      const { register } = (await import(url)) as ClientScript
      const unsupported = (): never => {
        throw new Error('not supported by this page')
      }
      await register({
        doAction: unsupported,
        registerHook: (hook: Hook) => this.#register(hook),
        registerVideoField: this.#scope === 'embed' ? unsupported : () => undefined,
        registerSettingsScript: this.#scope === 'embed' ? unsupported : () => undefined,
        registerClientRoute: this.#scope === 'embed' ? unsupported : () => undefined,
        peertubeHelpers: this.#helpers(plugin, root),
      })
    } catch (error) {
      console.error(`Cannot import or register plugin ${plugin.name}`, error)
    }
  }

  #register(hook: Hook): void {
    this.#hooks.set(hook.target, [...(this.#hooks.get(hook.target) ?? []), hook])
  }

  #helpers(plugin: RegisteredPlugin, root: string): Record<string, unknown> {
    const loggedIn = this.#authorization !== null
    const everywhere = {
      getSettings: async () => {
        const answer = await fetch(`/api/v1/plugins/${plugin.npmName}/public-settings`)
        return ((await answer.json()) as { publicSettings: unknown }).publicSettings
      },
      isLoggedIn: () => loggedIn,
      getAuthHeader: () => (loggedIn ? { Authorization: this.#authorization } : undefined),
      translate: (text: string) => Promise.resolve(text),
    }
    const onWatchPages = {
      getBaseStaticRoute: () => `${location.origin}${root}/static`,
      getBaseRouterRoute: () => `${location.origin}${root}/router`,
      getBaseWebSocketRoute: () => `${location.origin}${root}/ws`,
      getBasePluginClientPath: () => '/p',
      getUser: () => (loggedIn ? { username: 'viewer' } : null),
      getServerConfig: async () => (await fetch('/api/v1/config')).json() as Promise<unknown>,
      notifier: { info: console.info, error: console.error, success: console.info },
      showModal: () => undefined,
      markdownRenderer: {
        textMarkdownToHTML: (text: string) => Promise.resolve(text),
        enhancedMarkdownToHTML: (text: string) => Promise.resolve(text),
      },
    }
    return this.#scope === 'embed'
      ? { ...unimplemented(onWatchPages), ...everywhere }
      : { ...onWatchPages, ...everywhere }
  }
}

/** Helpers that throw, as PeerTube's embed has them. */
function unimplemented(helpers: object): Record<string, unknown> {
  const refuse = (): never => {
    throw new Error('This helper is not implemented in embed.')
  }
  return Object.fromEntries(
    Object.entries(helpers).map(([name, helper]) => [
      name,
      typeof helper === 'function' ? refuse : unimplemented(helper as object),
    ]),
  )
}
