/** Twelve videos: even on bread, odd on bikes; viewers of video 0 also watch 7 and 9. */
import { NOW } from '../../clock.ts'

export interface Video {
  number: number
  uuid: string
  shortUUID: string
  name: string
  tags: string[]
  nsfw: boolean
  views: number
  publishedAt: string
}

const DIGITS = '123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ'
const BORN_MS = NOW.getTime() - 20 * 86_400_000

export const VIDEOS: Video[] = Array.from({ length: 12 }, (_, number) => made(number))

/** Publishes more videos, up to `count`, in this process. */
export function publishUpTo(count: number): void {
  while (VIDEOS.length < count) VIDEOS.push(made(VIDEOS.length))
}

function made(number: number): Video {
  const uuid = `0a0a0a0a-0000-4000-8000-${String(number).padStart(12, '0')}`
  return {
    number,
    uuid,
    shortUUID: shortened(uuid),
    name: `Video ${number}`,
    tags: [number % 2 ? 'bikes' : 'bread'],
    nsfw: false,
    views: 100 + number,
    publishedAt: new Date(BORN_MS + number * 3_600_000).toISOString(),
  }
}

/** Numbers of the videos that the same viewers have watched. */
export const TOGETHER = [0, 7, 9]

export const video = (number: number): Video => {
  const found = VIDEOS[number]
  if (!found) throw new Error(`there is no video ${number}`)
  return found
}

export const numberOf = (uuid: string) => VIDEOS.find((each) => each.uuid === uuid)?.number

export type Listed = ReturnType<typeof inPeerTubesForm>

export function inPeerTubesForm({ number, ...shown }: Video) {
  const host = 'video.example'
  const actor = { displayName: `Channel ${number % 3}`, host, url: `https://${host}/` }
  return {
    ...shown,
    id: number,
    url: `https://${host}/w/${shown.shortUUID}`,
    category: { id: null, label: 'Unknown' },
    language: { id: null, label: 'Unknown' },
    privacy: { id: 1, label: 'Public' },
    isLocal: isLocal(number),
    isLive: false,
    duration: 12,
    likes: 0,
    updatedAt: shown.publishedAt,
    account: { ...actor, name: `account${number % 3}` },
    channel: { ...actor, name: `channel${number % 3}` },
    thumbnails: [280, 850].map((width) => ({
      ...{ width, height: Math.round((width * 9) / 16), aspectRatio: '16:9' },
      fileUrl: `/thumbnails/${shown.uuid}-${width}.gif`,
    })),
  }
}

/** Every fourth video is another instance's. */
export const isLocal = (number: number) => number % 4 !== 3

/** A uuid in the form of PeerTube's `short-uuid`. */
function shortened(uuid: string): string {
  let left = BigInt(`0x${uuid.replaceAll('-', '')}`)
  let text = ''
  for (; left > 0n; left /= 58n) text = `${DIGITS[Number(left % 58n)]}${text}`
  return text.padStart(22, DIGITS[0])
}
