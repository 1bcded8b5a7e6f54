/** The status page's strings in English; `web/plugin/languages/settings.*.json` translates them. */
import type { ServiceState } from '../server/service.ts'

export const SERVICE: Record<ServiceState, string> = {
  none: 'No service is set: players learn by themselves, and nothing is reported.',
  ready: 'The service is reachable.',
  'no-secret': 'The service’s secret is not set: nothing is reported.',
  'wrong-secret':
    'The service does not know the secret: copy it again from the file “secret” in its state folder.',
  silent: 'Nothing answers at {url}: start the service, or correct its address.',
  strange: '{url} does not answer as the service does: run “mirrorwise doctor” there.',
}

export const TEXT = {
  off: 'Mirrorwise is switched off: players choose as without it.',
  mirrors: 'Mirrors known: {count}',
  noMirrors: 'No mirrors are known: there is nothing to choose until others mirror your videos.',
  mirrorsUnread: 'The mirrors could not be read from the database.',
  reports: 'Reports today: {count}',
  waiting: 'Reports that wait to be passed on: {count}',
  dropped: 'Reports lost today: {count}',
  failures: 'Engine failures today: {count}',
  since: 'Counted since {time}.',
  refused: '“{label}” is set to what is not allowed, so the default counts.',
  report: 'Open the report',
  reportThere: 'The report is at {url}, as seen from the machine of PeerTube.',
  unknown: 'How Mirrorwise is doing is not known: sign in as an administrator, and look again.',
  again: 'Look again',
}
