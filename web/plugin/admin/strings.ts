/** The status page's strings in English; `web/plugin/languages/settings.*.json` translates them. */
import type { ServiceState } from '../server/service.ts'

export const SERVICE: Record<ServiceState, string> = {
  none: 'No service is set: players learn by themselves, and nothing is reported.',
  ready: 'The service is reached; it is version {version}.',
  'no-secret': 'The service’s secret is not set: nothing is reported.',
  'wrong-secret':
    'The service does not know the secret: copy it again from the file “secret” in its state folder.',
  silent: 'Nothing answers at {url}: start the service, or correct its address.',
  strange: '{url} does not answer as the service does: run “mirrorwise doctor” there.',
}

/** What to do next, where the state itself does not say. */
export const NEXT: Partial<Record<ServiceState, string>> = {
  none: 'Next: install the service, and write its address and secret in the plugin’s settings. Without a service, set the control group to 0: nothing is compared then.',
  ready:
    'Next: open the report. Every player reports once a day at most, so figures take a day or more.',
  'no-secret': 'Next: copy it from the file “secret” in the service’s state folder.',
}

/** What was found at an extra source, and what mends it. */
export const SOURCE = {
  well: '{host} is fit: right bytes, of which the first came after {ms} ms.',
  origin: '{host} is the origin itself, which is asked in any case: take the line out.',
  silent:
    '{host} does not answer, or not with a certificate that browsers accept: open its address in a browser.',
  noCors:
    '{host} answers, but does not let pages of this site read it. In nginx: add_header Access-Control-Allow-Origin * always; in Caddy: header Access-Control-Allow-Origin *; for a bucket: a CORS rule that allows GET and HEAD from every origin.',
  redirected:
    '{host} sends browsers on to another host: write the address of that one instead, or let it serve the files itself.',
  lacking:
    '{host} does not have the newest public video, or has it elsewhere: compare the address with one of its files.',
  noRange:
    '{host} sends whole files where a part is asked for. A cache in nginx needs: slice 1m; proxy_set_header Range $slice_range; proxy_cache_key with $slice_range.',
  status: '{host} answers with the HTTP status {status}: its log says why.',
  broken: '{host} ends its answer early: its log says why.',
  wrongBytes:
    '{host} sends other bytes than the instance has: copy the video again, or empty its cache.',
}

export const TEXT = {
  off: 'Mirrorwise is switched off: players choose as without it.',
  recommendsNothing:
    'Recommendations are on, but the service makes none: run “mirrorwise doctor” there.',
  check: 'Check this service',
  checking: 'The service is asked …',
  checkSources: 'Check these sources',
  checkingSources: 'Each source is asked for a segment …',
  nothingToCheck: 'There is no public video with HLS yet that a source could have.',
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
