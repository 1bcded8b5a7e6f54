/** The manifest of the engine's files. */
import { readFileSync } from 'node:fs'
import { ENGINE_DIR } from './layout.ts'

/** The purpose of one of the engine's files. */
export type Role = 'worker' | 'loader' | 'core' | 'wasm' | 'library'

/** One file of the engine; `<name>.br` and `<name>.gz` lie beside it. */
export interface Asset {
  role: Role
  /** Holds the start of the content's sha256, so that the file may be cached for good. */
  name: string
  bytes: number
  br_bytes: number
  gz_bytes: number
  sha256: string
}

/** `manifest.json`: the files that the engine's worker needs, and their versions. */
export interface EngineManifest {
  /** Version of this project. */
  engine: string
  pyodide: string
  python: string
  /** First four bytes of every .pyc, in hexadecimal. */
  magic: string
  /** sha256 of all inputs of the build; a build with the same inputs is not repeated. */
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
