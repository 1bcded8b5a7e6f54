/** A viewer of a page with the plugin, and notes of the plugin's internal events. */
import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import type { VideoDetails } from '../../web/demo/contract.ts'
import type { Fleet, PlayerParams } from '../../web/demo/server/fleet.ts'
import type { ServedRequest } from '../../web/demo/server/media-server.ts'
import type { LoadEvent } from '../../web/plugin/client/courier/events.ts'
import type { Handle } from '../../web/plugin/client/register.ts'
import type { Outcome } from '../../web/plugin/messages.ts'
import { arrive, lookAt, type Viewer, type Viewing } from './viewing.ts'

/** Notes of the page's test scripts on the plugin. */
export interface Notes {
  /** Handles of all loads that were taken over. */
  handles: Handle[]
  events: LoadEvent[]
  /** Messages to the engine's worker. */
  told: { verb: string; body: unknown }[]
  workers: { firstFrame: boolean }[]
  peers: number
}

declare global {
  interface Window {
    notes: Notes
    /** Breaks each load as soon as it is taken over. */
    sabotage?: (handle: Handle) => void
  }
}

export type Params = Omit<PlayerParams, 'mode' | 'loader'> & { loader?: 'previous' | 'next' }

export type Prepare = (viewer: Viewer) => Promise<unknown>

export interface Wish {
  params?: Params
  settings?: Record<string, unknown>
  /** Changes to the instance's details of the video. */
  details?: Partial<VideoDetails>
  /** Runs before the page's own scripts. */
  before?: (() => void) | string
  prepare?: Prepare
}

/** Opens the player page; the video plays at sixteen times its speed. */
export async function open(browser: Browser, fleet: Fleet, wish: Wish = {}): Promise<Viewer> {
  const viewer = await arrive(browser)
  const { page } = viewer
  await page.addInitScript(takeNotes)
  await page.addInitScript(playFast)
  if (wish.before) await page.addInitScript(wish.before)
  if (wish.settings) {
    const json = { publicSettings: wish.settings }
    await page.route('**/public-settings', (route) => route.fulfill({ json }))
  }
  const { details } = wish
  if (details) {
    for (const address of ['**/demo/video.json*', '**/api/v1/videos/*']) {
      await page.route(address, async (route) => {
        const response = await route.fetch()
        const video = (await response.json()) as VideoDetails
        await route.fulfill({ response, json: { ...video, ...details } })
      })
    }
  }
  await wish.prepare?.(viewer)
  const { loader, ...params } = wish.params ?? {}
  const url = fleet.playerUrl({ ...params, mode: 'mirrorwise' }, 'localhost')
  await page.goto(loader ? `${url}&loader=${loader}` : url)
  return viewer
}

/** Waits for the end of the video, and asserts that the player saw no error. */
export async function plays({ page, said }: Viewer): Promise<void> {
  await page
    .waitForFunction(() => window.demo.ended || window.demo.gave_up, undefined, {
      polling: 100,
    })
    .catch(() => undefined)
  const { state } = await lookAt({ page, said } as Viewer)
  assert.deepEqual(state.errors, [], said.join('\n'))
  assert.ok(
    state.ended,
    `the video did not end, but got to ${state.position_s} s\n${said.join('\n')}`,
  )
}

/** Opens the page, plays to the end, and returns the notes. */
export async function played(
  browser: Browser,
  fleet: Fleet,
  wish: Wish = {},
): Promise<{ notes: Seen; viewing: Viewing; served: ServedRequest[] }> {
  const viewer = await open(browser, fleet, wish)
  try {
    await plays(viewer)
    const [notes, viewing] = [await notesOf(viewer.page), await lookAt(viewer)]
    return { notes, viewing, served: [...fleet.origin.requests] }
  } finally {
    await viewer.context.close()
  }
}

/** The notes as plain data. */
export type Seen = Omit<Notes, 'handles'> & { loads: string[]; buttons: number }

export function notesOf(page: Page): Promise<Seen> {
  return page.evaluate(() => {
    const { handles, ...notes } = window.notes
    const buttons = document.querySelectorAll('.mirrorwise-button').length
    return { ...notes, loads: handles.map(({ playlistUrl }) => playlistUrl), buttons }
  })
}

export const observed = ({ told }: Seen): (Outcome & { public: boolean })[] =>
  told.flatMap(({ verb, body }) =>
    verb === 'observe' ? [body as Outcome & { public: boolean }] : [],
  )

export const planned = ({ events }: Seen): number =>
  events.filter(({ type }) => type === 'planned').length

export const engineFiles = (requests: ServedRequest[]): ServedRequest[] =>
  requests.filter(({ path }) => path.includes('/router/engine/'))

function takeNotes(): void {
  const notes: Notes = { handles: [], events: [], told: [], workers: [], peers: 0 }
  window.notes = notes
  addEventListener('mirrorwise', (event) => {
    const handle = (event as CustomEvent<Handle>).detail
    notes.handles.push(handle)
    handle.load.events.on((event) => notes.events.push(event))
    window.sabotage?.(handle)
  })
  const BareWorker = window.Worker
  window.Worker = class extends BareWorker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options)
      if (!String(url).includes('engine')) return
      const video = document.querySelector('video')
      notes.workers.push({ firstFrame: (video?.readyState ?? 0) >= 2 })
    }

    override postMessage(message: unknown): void {
      notes.told.push(message as Notes['told'][number])
      super.postMessage(message)
    }
  }
  const BareConnection = window.RTCPeerConnection
  window.RTCPeerConnection = class extends BareConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      notes.peers += 1
    }
  }
}

function playFast(): void {
  document.addEventListener(
    'playing',
    ({ target }) => ((target as HTMLVideoElement).playbackRate = 16),
    true,
  )
}
