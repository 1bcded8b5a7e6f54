/** Labels and descriptions of the settings on PeerTube's settings page, which translates them. */
import type { RegisterServerOptions } from '@peertube/peertube-types'
import { RULES, type Name } from '../shared/settings.ts'

type Setting = Parameters<RegisterServerOptions['registerSetting']>[0]

interface Look {
  label: string
  description: string
  type?: Setting['type']
  options?: { value: string; label: string }[]
}

export const FORM: Record<Name, Look> = {
  enabled: {
    label: 'Mirrorwise is on',
    description: 'Off: players choose as without this plugin, from the next page on.',
  },
  embeds: {
    label: 'Also in players that are embedded in other sites',
    description: 'Off: only the watch page.',
  },
  'control-percent': {
    label: 'Control group, in percent of viewers',
    description:
      'Their players choose at random as PeerTube does, so that the gain can be measured. From 0 to 50.',
  },
  reports: {
    label: 'Players report how well hosts serve',
    description:
      'At most one line a day and viewer, noised in the browser, to your own service only. Off: nothing is sent.',
  },
  epsilon: {
    label: 'ε of a day’s report',
    description:
      'How much one day can give away: smaller is more private and takes more viewers to see anything. From 0.4 to 8.',
  },
  'reports-per-address': {
    label: 'Reports of one host that count on one day from one address, at most',
    description:
      'So that nobody outvotes your viewers. More only where many of them share one address, as in a school. From 1 to 10000.',
  },
  'never-hosts': {
    label: 'Hosts that are never used',
    description: 'One per line, such as mirror.example. The instance itself is always used.',
    type: 'input-textarea',
  },
  'extra-sources': {
    label: 'Extra sources',
    description:
      'Other hosts that have this instance’s videos, one per line: https://cache.example for a cache with the same paths, https://bucket.example/videos/{uuid}/{file} for copies. Every byte is checked, so nobody needs to be trusted. They get public videos only; with “ours” behind the address also those that are not listed.',
    type: 'input-textarea',
  },
  'publish-sources': {
    label: 'Other instances may know the extra sources',
    description:
      'Viewers who watch this instance’s public videos on another instance then fetch from them too. Off: only viewers of this instance do.',
  },
  'published-sources': {
    label: 'Also use the extra sources that other instances publish for their videos',
    description:
      'This server asks an instance at most once an hour, when its videos are watched here. Every byte is checked.',
  },
  'spared-hosts': {
    label: 'Hosts to be spared',
    description:
      'One per line, such as video.example: spare a little, or spare much, or reserve. A reserve is asked only where a viewer would stall or drop in quality. The instance itself may be named.',
    type: 'input-textarea',
  },
  'max-extra-percent': {
    label: 'Extra bytes at most, in percent',
    description:
      'What a player may fetch twice to be faster, as a share of what it needs. From 0 to 20.',
  },
  'max-extra-requests': {
    label: 'Extra requests per segment at most, on average',
    description: 'For fetching one segment from several hosts at once. From 0 to 4.',
  },
  'keep-playlists': {
    label: 'Videos play on when their instance is gone',
    description:
      'This instance keeps the playlists of other instances’ mirrored public videos that are watched here. Off: when the instance of a video is gone, its mirrors are of no use.',
  },
  'keep-playlists-mb': {
    label: 'Room for kept playlists, in MB',
    description:
      'A video needs a few kB, ten hours of video 10 MB; what was not watched for longest goes first. From 1 to 10000.',
  },
  recommendations: {
    label: 'Recommend what to watch next',
    description:
      'Fills “Other videos” from what viewers of this instance watch. Off until you have told them: who takes part tells your own service which public videos they watched. Needs the service, which must know this PeerTube’s address.',
  },
  'recommendation-policy': {
    label: 'What may be recommended beside a video',
    description: 'A video’s own choice, where PeerTube knows one, comes first.',
    type: 'select',
    options: [
      { value: 'any', label: 'Any video' },
      { value: 'instance', label: 'Videos of this instance only' },
      { value: 'owner', label: 'Videos of the same owner only' },
      { value: 'channel', label: 'Videos of the same channel only' },
    ],
  },
  'watch-events': {
    label: 'Viewers take part in recommendations without being asked first',
    description:
      'They can still say no. On only where your law lets you; off: only those take part who have said yes.',
  },
  'service-url': {
    label: 'Address of the Mirrorwise service',
    description:
      'As this PeerTube reaches it, such as http://127.0.0.1:9850. Empty: players learn by themselves, and nothing is reported.',
  },
  'service-secret': {
    label: 'Secret of the Mirrorwise service',
    description: 'The service makes it at its first start: the file “secret” of its state folder.',
    type: 'input-password',
  },
}

interface Group {
  name: string
  /** Is translated as a whole, as PeerTube does with every `html`. */
  heading: string
  settings: Name[]
}

/** What an admin needs first is on top: the switch, and the service. */
export const GROUPS: Group[] = [
  {
    name: 'mirrorwise-service',
    heading: '<h3>Service</h3>',
    settings: ['service-url', 'service-secret'],
  },
  {
    name: 'mirrorwise-players',
    heading: '<h3>Players</h3>',
    settings: [
      'embeds',
      'extra-sources',
      'publish-sources',
      'published-sources',
      'never-hosts',
      'spared-hosts',
      'max-extra-percent',
      'max-extra-requests',
      'keep-playlists',
      'keep-playlists-mb',
    ],
  },
  {
    name: 'mirrorwise-reports',
    heading: '<h3>Reports</h3>',
    settings: ['reports', 'control-percent', 'epsilon', 'reports-per-address'],
  },
  {
    name: 'mirrorwise-recommendations',
    heading: '<h3>Recommendations</h3>',
    settings: ['recommendations', 'recommendation-policy', 'watch-events'],
  },
]

/** Settings that are never sent to viewers' browsers. */
const PRIVATE: Name[] = ['service-url', 'service-secret']

export function settingsForm(): Setting[] {
  const groups = GROUPS.flatMap(({ name, heading, settings }): Setting[] => [
    { name, type: 'html', html: heading, private: true },
    ...settings.map(field),
  ])
  return [field('enabled'), ...groups]
}

function field(name: Name): Setting {
  const { label, description, type, options } = FORM[name]
  const { unset } = RULES[name]
  return {
    name,
    label,
    descriptionHTML: description,
    type: type ?? (typeof unset === 'boolean' ? 'input-checkbox' : 'input'),
    default: unset,
    private: PRIVATE.includes(name),
    ...(options && { options }),
  }
}
