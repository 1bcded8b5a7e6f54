/** The admin's health check: service, mirrors, counters and invalid settings. */
import type { RegisterServerOptions } from '@peertube/peertube-types'
import type { Response } from 'express'
import { HttpError, isRecord } from './http-errors.ts'
import type { Hosts } from './hosts.ts'
import { Service, type ServiceState } from './service.ts'
import { FORM } from './settings-form.ts'
import {
  readSettings,
  RULES,
  type Reading,
  type Sentence,
  type Settings,
} from '../shared/settings.ts'
import type { Counts, DailyCounters } from './daily-counters.ts'

/** PeerTube's UserRole.ADMINISTRATOR. */
const ADMINISTRATOR = 0

/** Whether a service is reached, and what it says of itself. */
export interface ServiceCheck {
  service: ServiceState
  serviceUrl: string | null
  /** Null when it is not reached, or does not say. */
  serviceVersion: string | null
}

export interface Health extends Counts, ServiceCheck {
  /** When counting began, in ISO 8601. */
  since: string
  enabled: boolean
  /** Recommendations are on, but the service, though reached, makes none. */
  recommendsNothing: boolean
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
  const [check, mirrors] = await Promise.all([
    checkOf(settings, parts.service),
    parts.hosts.mirrors().catch(() => null),
  ])
  const asksForLists = settings.recommendations && check.service === 'ready'
  return {
    ...parts.counters.counts,
    ...check,
    enabled: settings.enabled,
    recommendsNothing: asksForLists && !(await parts.service.recommends()),
    mirrors,
    waiting: parts.outbox.waiting,
    refused: refused.map((name) => ({
      label: FORM[name].label,
      allowed: RULES[name].allowed,
    })),
  }
}

/** Checks the address and the secret that an admin has typed, before they are saved. */
export async function checkService(said: unknown): Promise<ServiceCheck> {
  const { settings, refused } = readSettings(isRecord(said) ? said : {})
  const wrong = refused.find((name) => name === 'service-url' || name === 'service-secret')
  if (wrong) throw new HttpError(400, wrong, 'is not what the settings page allows')
  return checkOf(settings, new Service(() => settings))
}

async function checkOf(settings: Settings, service: Service): Promise<ServiceCheck> {
  const state = await service.state()
  const serviceVersion = state === 'ready' ? await service.version() : null
  return { service: state, serviceUrl: settings['service-url'], serviceVersion }
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
