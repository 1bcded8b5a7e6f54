/** The manifest of the engine's files. */
import { readFileSync } from 'node:fs'
import { ENGINE_DIR } from './layout.ts'

/** What a file of the engine is for. */
export type Role = 'worker' | 'loader' | 'core' | 'wasm' | 'library'

/** One file of the engine; `<name>.br` and `<name>.gz` lie beside it. */
export interface Asset {
  role: Role
  /** Holds the start of the content's sha256, so it may be cached for good. */
  name: string
  bytes: number
  br_bytes: number
  gz_bytes: number
  sha256: string
}

/** `manifest.json`: all that the engine's worker needs, and nothing else. */
export interface EngineManifest {
  /** Version of this project. */
  engine: string
  pyodide: string
  python: string
  /** First four bytes of every .pyc, in hexadecimal. */
  magic: string
  /** sha256 over everything the build read; when it is unchanged, so is the build. */
  inputs: string
  assets: Asset[]
}

export function readManifest(): EngineManifest {
  try {
    return JSON.parse(readFileSync(`${ENGINE_DIR}/manifest.json`, 'utf8')) as EngineManifest
  } catch (error) {
    throw new Error('The engine is not built: run script/build', { cause: error })
  }
}

export function assetOf(assets: Asset[], role: Role): Asset {
  const asset = assets.find((candidate) => candidate.role === role)
  if (!asset) throw new Error(`The engine's manifest names no ${role}: run script/build again`)
  return asset
}
