/**
 * Makes the demo's video as PeerTube would have transcoded it: one fragmented MP4 per
 * resolution, byte-range playlists, and the list of every segment's sha256.
 */
import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const run = promisify(execFile)

const FRAMES_PER_S = 25
const AUDIO_KBPS = 64

export interface Rendition {
  height: number
  width: number
  video_kbps: number
  /** Strength of the noise that makes the encoder need its bit rate; 9 by default. */
  grain?: number
}

export interface Recipe {
  duration_s: number
  segment_s: number
  renditions: Rendition[]
  /** One `.ts` file per segment, as in PeerTube's lives, instead of byte ranges. */
  wholeFiles: boolean
}

const LOW = { height: 240, width: 426, video_kbps: 400 }
const MIDDLE = { height: 480, width: 854, video_kbps: 1100 }
const HIGH = { height: 720, width: 1280, video_kbps: 2500 }
/** The bit rate of a film in 1080p (1 MB/s) in a smaller picture, which is encoded faster. */
const DENSE = { height: 480, width: 854, video_kbps: 7600, grain: 36 }

/** Frames of a live are small here, so that many players show it at once. */
const LIVE = { height: 240, width: 426, video_kbps: 736, grain: 24 }

/** The same bit rate in so few pixels that eight players run on two processors. */
const TINY = { height: 72, width: 128, video_kbps: 736, grain: 100 }

export const RECIPES = {
  demo: { duration_s: 96, segment_s: 4, renditions: [LOW, MIDDLE, HIGH], wholeFiles: false },
  short: { duration_s: 24, segment_s: 4, renditions: [LOW, MIDDLE], wholeFiles: false },
  medium: { duration_s: 48, segment_s: 4, renditions: [LOW, MIDDLE], wholeFiles: false },
  dense: { duration_s: 32, segment_s: 4, renditions: [DENSE], wholeFiles: false },
  live: { duration_s: 160, segment_s: 4, renditions: [LIVE], wholeFiles: true },
  tiny: { duration_s: 160, segment_s: 4, renditions: [TINY], wholeFiles: true },
  'tiny-2s': { duration_s: 160, segment_s: 2, renditions: [TINY], wholeFiles: true },
  'short-files': { duration_s: 24, segment_s: 4, renditions: [LOW, MIDDLE], wholeFiles: true },
} satisfies Record<string, Recipe>

export type RecipeName = keyof typeof RECIPES

export interface MadeVideo {
  folder: string
  uuid: string
  recipe: Recipe
  /** File names inside `folder`. */
  master: string
  sha256: string
}

export interface Making {
  cacheFolder: string
  /** Called with the share of the work done, 0 to 1. */
  onProgress?: (done: number) => void
  signal?: AbortSignal
}

/** Makes the video, unless it is in the cache; safe when two processes make it at once. */
export async function makeVideo(recipe: Recipe, making: Making): Promise<MadeVideo> {
  const { cacheFolder } = making
  const hash = createHash('sha256').update(JSON.stringify(recipe)).update(scene(recipe, null))
  const key = hash.digest('hex').slice(0, 30)
  const uuid = key.replace(/^(.{8})(.{4})(.{3})(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5')
  const folder = path.join(cacheFolder, key)
  const video: MadeVideo = {
    folder,
    uuid,
    recipe,
    master: `${uuid}-master.m3u8`,
    sha256: `${uuid}-segments-sha256.json`,
  }
  if (await exists(folder)) return video

  await mkdir(cacheFolder, { recursive: true })
  const workshop = await mkdtemp(path.join(cacheFolder, 'making-'))
  try {
    await encode(recipe, uuid, workshop, making)
    await writeFile(path.join(workshop, video.master), masterPlaylist(recipe, uuid))
    await writeFile(path.join(workshop, video.sha256), JSON.stringify(await hashes(workshop)))
    await rename(workshop, folder)
  } catch (error) {
    await rm(workshop, { recursive: true })
    // Another process has just made the same video.
    if (!(await exists(folder))) throw error
  }
  return video
}

/** The `ffmpeg` on the PATH, or else that of the Python development requirements. */
async function findFfmpeg(): Promise<string> {
  const onPath = await run('ffmpeg', ['-version']).catch(() => null)
  if (onPath) return 'ffmpeg'
  const ask = 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())'
  const bundled = await run('.venv/bin/python', ['-c', ask]).catch(() => null)
  if (bundled) return bundled.stdout.trim()
  throw new Error('No ffmpeg found: run script/bootstrap, or install ffmpeg with your system.')
}

/** The file of a bold font, or null: without a font the picture has no text. */
async function findFont(): Promise<string | null> {
  const match = await run('fc-match', ['-f', '%{file}', 'sans:bold']).catch(() => null)
  return match && match.stdout !== '' ? match.stdout : null
}

async function encode(
  recipe: Recipe,
  uuid: string,
  folder: string,
  { onProgress, signal }: Making,
): Promise<void> {
  const [ffmpeg, font] = [await findFfmpeg(), await findFont()]
  const outputs = recipe.renditions.flatMap((rendition) => output(recipe, uuid, rendition))
  const quiet = ['-hide_banner', '-loglevel', 'error', '-nostdin', '-progress', 'pipe:1']
  const child = spawn(ffmpeg, [...quiet, '-filter_complex', scene(recipe, font), ...outputs], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal && { signal }),
  })
  let complaint = ''
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString()))
  createInterface(child.stdout).on('line', (line) => {
    const done_us = /^out_time_us=(\d+)$/.exec(line)?.[1]
    if (done_us) onProgress?.(Math.min(1, Number(done_us) / 1e6 / recipe.duration_s))
  })
  await new Promise<void>((resolve, reject) => {
    let calledOff: Error | null = null
    child.on('error', (error) => (calledOff = error))
    // Not on 'exit', because files may still be open then.
    child.on('close', (code) => {
      if (code === 0) resolve()
      else reject(calledOff ?? new Error(`ffmpeg failed (${code}): ${complaint.trim()}`))
    })
  })
}

/**
 * ffmpeg's filter graph: a slow sunrise; a disc that swings once per segment, so that a stall is
 * plain to see; grain, so that the encoder needs its bit rate; time and resolution as text.
 */
function scene({ duration_s, segment_s, renditions }: Recipe, font: string | null): string {
  const top = renditions.at(-1) ?? HIGH
  const disc = Math.round(top.height / 15) * 2
  const each = renditions.map(({ height }) => height)
  const label = (text: string, x: string): string =>
    font
      ? `,drawtext=fontfile=${font}:text='${text}':x=${x}:y=h*0.8:fontsize=h/9:fontcolor=white@0.95`
      : ''
  return [
    `gradients=s=320x180:r=${FRAMES_PER_S}:d=${duration_s}:type=spiral:speed=0.008:seed=3` +
      ':x0=160:y0=90:x1=300:y1=30' +
      ':n=5:c0=0x0f2138:c1=0x1d6a7a:c2=0xe8b07a:c3=0x8a3f57:c4=0x0f2138' +
      `,scale=${top.width}:${top.height}:flags=bilinear,format=yuv420p[sky]`,
    `color=c=white:s=${disc}x${disc}:r=${FRAMES_PER_S}:d=0.04,format=rgba` +
      `,geq=r=255:g=248:b=235:a='255*clip(${disc / 2}-hypot(X-${disc / 2}\\,Y-${disc / 2})\\,0\\,1)'` +
      `,loop=-1:1:0,setpts=N/${FRAMES_PER_S}/TB[disc]`,
    `[sky][disc]overlay=shortest=1:x='(W-w)/2+W*0.36*sin(2*PI*t/${segment_s})'` +
      `:y='H*0.46-h/2+H*0.16*cos(4*PI*t/${segment_s})'` +
      `,split=${each.length}${each.map((height) => `[s${height}]`).join('')}`,
    ...renditions.map(
      ({ height, width, grain = 9 }) =>
        `[s${height}]scale=${width}:${height},noise=c0s=${grain}:c0f=t` +
        `${label('%{pts\\:hms}', 'w*0.05')}${label(`${height}p`, 'w*0.95-tw')}[v${height}]`,
    ),
    `sine=f=220:r=48000:d=${duration_s},volume=0.05` +
      `,asplit=${each.length}${each.map((height) => `[a${height}]`).join('')}`,
  ].join(';')
}

function output(recipe: Recipe, uuid: string, { height, video_kbps }: Rendition): string[] {
  const keyframe = String(FRAMES_PER_S * recipe.segment_s)
  const segments = recipe.wholeFiles
    ? ['-hls_segment_type', 'mpegts', '-hls_segment_filename', `${uuid}-${height}-%06d.ts`]
    : ['-hls_segment_type', 'fmp4', '-hls_flags', 'single_file', '-hls_segment_filename']
  if (!recipe.wholeFiles) segments.push(`${uuid}-${height}-fragmented.mp4`)
  return [
    ...['-map', `[v${height}]`, '-map', `[a${height}]`],
    ...['-c:v', 'libx264', '-preset', 'superfast', '-profile:v', 'high', '-sc_threshold', '0'],
    ...['-b:v', `${video_kbps}k`, '-maxrate', `${video_kbps}k`, '-bufsize', `${2 * video_kbps}k`],
    ...['-g', keyframe, '-keyint_min', keyframe],
    ...['-c:a', 'aac', '-b:a', `${AUDIO_KBPS}k`],
    ...['-f', 'hls', '-hls_time', String(recipe.segment_s), '-hls_list_size', '0'],
    ...['-hls_playlist_type', 'vod', ...segments, `${uuid}-${height}.m3u8`],
  ]
}

function masterPlaylist({ renditions }: Recipe, uuid: string): string {
  const streams = renditions.flatMap(({ height, width, video_kbps }) => [
    `#EXT-X-STREAM-INF:BANDWIDTH=${(video_kbps + AUDIO_KBPS) * 1000}` +
      `,RESOLUTION=${width}x${height},FRAME-RATE=${FRAMES_PER_S},CODECS="avc1.64001f,mp4a.40.2"`,
    `${uuid}-${height}.m3u8`,
  ])
  return ['#EXTM3U', '#EXT-X-VERSION:7', ...streams, ''].join('\n')
}

/** PeerTube's sha256 list: for each file name one sha256, or one for each `start-end` range. */
async function hashes(folder: string): Promise<Record<string, string | Record<string, string>>> {
  const list: Record<string, string | Record<string, string>> = {}
  const names = await readdir(folder)
  for (const name of names.filter((name) => name.endsWith('.ts'))) {
    list[name] = sha256(await readFile(path.join(folder, name)))
  }
  for (const name of names.filter((name) => name.endsWith('-fragmented.mp4'))) {
    const playlist = path.join(folder, name.replace('-fragmented.mp4', '.m3u8'))
    const [bytes, text] = [
      await readFile(path.join(folder, name)),
      await readFile(playlist, 'utf8'),
    ]
    const ranges = [...text.matchAll(/^#EXT-X-BYTERANGE:(\d+)@(\d+)$/gm)].map((match) => {
      const [length, start] = [Number(match[1]), Number(match[2])]
      const end = start + length - 1
      return [`${start}-${end}`, sha256(bytes.subarray(start, end + 1))]
    })
    list[name] = Object.fromEntries(ranges) as Record<string, string>
  }
  return list
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}
