/** A watch page that requests and draws "Other videos" as PeerTube's does. */
import type { Listed, Video } from './videos.ts'

interface ClientScript {
  register(options: {
    registerHook(hook: { target: string; handler: (payload: unknown) => unknown }): void
    peertubeHelpers: object
  }): void
}

/** PeerTube's options for its player, as far as our script changes them. */
interface LoadOptions {
  nextVideo: { handler: () => void; getVideoTitle: () => string }
}

const SCRIPT = '/plugins/mirrorwise/0.1.0/client-scripts/dist/client/recommendations.js'
const hooks = new Map<string, (payload: unknown) => unknown>()
const loaded = load()

async function load(): Promise<void> {
  const script = (await import(SCRIPT)) as ClientScript
  script.register({
    registerHook: ({ target, handler }) => hooks.set(target, handler),
    peertubeHelpers: {
      getSettings: async (): Promise<unknown> => (await fetch('/settings')).json(),
      getAuthHeader: () => undefined,
      translate: (text: string) => Promise.resolve(text),
    },
  })
}

/** Requests as PeerTube's page: with Angular 22 by `fetch`, before by XMLHttpRequest. */
async function ask(path: string): Promise<Listed[]> {
  const isNew = 'asksByFetch' in globalThis
  const said = isNew ? await (await fetch(path)).text() : await askByXhr(path)
  return (JSON.parse(said) as { data: Listed[] }).data
}

function askByXhr(path: string): Promise<string> {
  return new Promise((done) => {
    const request = new XMLHttpRequest()
    request.open('GET', path, true)
    request.responseType = 'text'
    request.addEventListener('load', () => done(request.response as string))
    request.send()
  })
}

function draw(videos: Listed[]): void {
  const items = videos.map(({ shortUUID, name, thumbnails }) => {
    const item = document.createElement('my-video-miniature')
    const link = `href="/w/${shortUUID}"`
    item.innerHTML = `<a ${link}><img src="${thumbnails[0]?.fileUrl ?? ''}" alt="" /></a>
      <div class="video-info"><a class="video-name" ${link}>${name}</a></div>`
    return item
  })
  document.querySelector('.other-videos')?.replaceChildren(...items)
}

let others: Listed[] = []

/** Opens a video, and returns the names of the list; `searches` is the administrator's setting. */
async function open(video: Video, searches = true): Promise<string[]> {
  await loaded
  hooks.get('filter:api.video-watch.video.get.result')?.(video)
  history.pushState({}, '', `/w/${video.shortUUID}`)
  const common = 'start=0&count=6&skipCount=true&sort=-publishedAt&nsfw=false'
  const tags = video.tags.map((tag) => `&tagsOneOf=${tag}`).join('')
  let found = searches ? await ask(`/api/v1/search/videos?${common}${tags}&searchTarget=local`) : []
  if (found.length <= 1) found = await ask(`/api/v1/videos?${common}`)
  others = found.filter(({ uuid }) => uuid !== video.uuid).slice(0, 5)
  draw(others)
  const player = document.querySelector('.player')
  hooks.get('action:video-watch.player.loaded')?.({ player: { el: () => player } })
  return others.map(({ name }) => name)
}

/** The name of the next video that the player shows, and the name of the video that it plays. */
function next(): [shown: string, played: string] {
  const [first] = others
  let played = ''
  const options: LoadOptions = {
    nextVideo: {
      handler: () => (played = first?.name ?? ''),
      getVideoTitle: () => first?.name ?? '',
    },
  }
  hooks.get('filter:internal.video-watch.player.load-options.result')?.(options)
  const follow = (event: Event) => {
    event.preventDefault()
    const { pathname } = (event.target as Element).closest('a') as HTMLAnchorElement
    played = others.find(({ shortUUID }) => pathname === `/w/${shortUUID}`)?.name ?? ''
  }
  const list = document.querySelector('my-recommended-videos')
  list?.addEventListener('click', follow)
  options.nextVideo.handler()
  list?.removeEventListener('click', follow)
  return [options.nextVideo.getVideoTitle(), played]
}

/** Plays the whole video at high speed. */
async function watch(): Promise<void> {
  const media = document.querySelector('video')
  if (!media) throw new Error('the page has no player')
  media.currentTime = 0
  media.playbackRate = 16
  await media.play()
  await new Promise((ended) => media.addEventListener('ended', ended, { once: true }))
}

Object.assign(globalThis, { watchPage: { open, next, watch } })
