/** The admin's health check: service, mirrors, counters and invalid settings. */
import type { RegisterServerOptions } from '@peertube/peertube-types'
import type { Response } from 'express'
import { HttpError } from './http-errors.ts'
import type { Hosts } from './hosts.ts'
import type { Service, ServiceState } from './service.ts'
import { FORM } from './settings-form.ts'
import { RULES, type Reading, type Sentence } from '../shared/settings.ts'
import type { Counts, DailyCounters } from './daily-counters.ts'

/** PeerTube's UserRole.ADMINISTRATOR. */
const ADMINISTRATOR = 0

export interface Health extends Counts {
  /** When counting began, in ISO 8601. */
  since: string
  enabled: boolean
  service: ServiceState
  serviceUrl: string | null
  /** Null when the database cannot be read. */
  mirrors: number | null
  /** Reports that have not been passed on yet. */
  waiting: number
  /** Settings with an invalid value, whose default counts: the label, and the allowed values. */
  refused: { label: string; allowed: Sentence }[]
}

interface Parts {
  service: Service
  hosts: Hosts
  outbox: { waiting: number }
  counters: DailyCounters
}

export async function health({ settings, refused }: Reading, parts: Parts): Promise<Health> {
  const [service, mirrors] = await Promise.all([
    parts.service.state(),
    parts.hosts.mirrors().catch(() => null),
  ])
  return {
    ...parts.counters.counts,
    enabled: settings.enabled,
    service,
    serviceUrl: settings['service-url'],
    mirrors,
    waiting: parts.outbox.waiting,
    refused: refused.map((name) => ({
      label: FORM[name].label,
      allowed: RULES[name].allowed,
    })),
  }
}

type Users = RegisterServerOptions['peertubeHelpers']['user']

export async function requireAdministrator(users: Users, response: Response): Promise<void> {
  // Undefined without a login, which PeerTube's type does not say.
  const user = (await users.getAuthUser(response)) as { role?: unknown } | undefined
  if (!user) throw new HttpError(401, 'authorization', 'must be that of an administrator')
  if (user.role !== ADMINISTRATOR) {
    throw new HttpError(403, 'authorization', 'is not that of an administrator')
  }
}
