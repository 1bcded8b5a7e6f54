/** The service's answer at `/api/v1/operator/federation`: what is said and heard. */

export interface Said {
  number: number
  week: number
  first_day: string
  last_day: string
  epsilon: number
  /** ε of all documents about this week. */
  spent: number
  withdrawn: boolean
  replaced: boolean
  sha256: string
  /** The exact bytes; empty when it was replaced. */
  text: string
  words: string[]
}

export type HeardDocument = Omit<Said, 'epsilon' | 'spent' | 'withdrawn' | 'replaced'>

export interface Source {
  address: string
  instance: string
  named_by: 'admin' | 'followed' | 'directory'
  key: string
  /** ISO 8601; empty before it was asked. */
  asked_at: string
  /** Why its last answer was not taken in; empty when all was well. */
  refused: string
  trust: { gain: number; low: number; high: number; influence: number } | null
  documents: HeardDocument[]
}

export interface FederationStatus {
  /** What to do before anything can be said or heard; empty when nothing is. */
  lacking: string
  instance: string
  key: string
  published: boolean
  epsilon: number
  next_week: number
  own: Said[]
  sources: Source[]
  refused: string[]
  taken_back: string[]
}

export interface Done {
  status: FederationStatus
  receipts: object[]
}

/** What an administrator can wish; the service says which fields each needs. */
export interface Wish {
  do:
    'add' | 'remove' | 'refuse' | 'preview' | 'publish' | 'stop' | 'withdraw' | 'take-back' | 'pull'
  address?: string
  week?: number
  sha256?: string
}
