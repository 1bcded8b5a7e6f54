/** The plugin's settings: validation, form and status. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readSettings, RULES, type Name } from '../../../../web/plugin/shared/settings.ts'
import { PeerTube } from './peertube.ts'
import { ADMINISTRATOR, ask, health, post } from './reporting.ts'

const read = (kept: Record<string, unknown>) => readSettings(kept)

describe('a setting', () => {
  test('has its documented default', () => {
    const { settings, refused } = read({})
    assert.deepEqual(refused, [])
    assert.deepEqual(settings, {
      enabled: true,
      embeds: true,
      'control-percent': 5,
      reports: true,
      epsilon: 2,
      'reports-per-address': 5,
      'never-hosts': [],
      'extra-sources': [],
      'publish-sources': true,
      'published-sources': true,
      'spared-hosts': { prices: {}, reserves: [] },
      'max-extra-percent': 1,
      'max-extra-requests': 2,
      'keep-playlists': true,
      'keep-playlists-mb': 100,
      recommendations: false,
      'recommendation-policy': 'any',
      'watch-events': false,
      'service-url': null,
      'service-secret': null,
    })
  })

  const allowed: [name: Name, said: unknown, value: unknown][] = [
    ['enabled', false, false],
    ['enabled', 'false', false],
    ['control-percent', '0', 0],
    ['control-percent', ' 50 ', 50],
    ['epsilon', '0,4', 0.4],
    ['epsilon', 8, 8],
    ['max-extra-requests', '1.5', 1.5],
    ['never-hosts', '', []],
    [
      'never-hosts',
      'mirror.example\n\r\n https://B.example/ ',
      ['https://mirror.example', 'https://b.example'],
    ],
    [
      'extra-sources',
      ' https://Cache.example \r\n\nhttps://bucket.example/videos/{uuid}/{file} ours\n' +
        'https://cdn.example/below/ \nhttp://127.0.0.1:9000/v-{uuid}/hls/{file} ours, private',
      [
        { host: 'https://cache.example', folder: '/', isOurs: false },
        { host: 'https://bucket.example', folder: '/videos/{uuid}/', isOurs: true },
        { host: 'https://cdn.example', folder: '/below/', isOurs: false },
        { host: 'http://127.0.0.1:9000', folder: '/v-{uuid}/hls/', isOurs: true },
      ],
    ],
    [
      'spared-hosts',
      'video.example: reserve\nmirror.example:8443 spare a little\nhttps://b.example  spare much',
      {
        prices: {
          'https://video.example': 3,
          'https://mirror.example:8443': 1,
          'https://b.example': 3,
        },
        reserves: ['https://video.example'],
      },
    ],
    ['recommendation-policy', 'owner', 'owner'],
    ['service-url', ' https://service.example/below/ ', 'https://service.example/below'],
    ['service-url', 'http://127.0.0.1:9850', 'http://127.0.0.1:9850'],
    ['service-url', 'http://[::1]:9850', 'http://[::1]:9850'],
    ['service-url', 'http://mirrorwise:9850/', 'http://mirrorwise:9850'],
    ['service-url', 'http://172.16.0.9', 'http://172.16.0.9'],
    ['service-secret', ` ${'s'.repeat(22)}\n`, 's'.repeat(22)],
  ]
  for (const [name, said, value] of allowed) {
    test(`${name} may be ${JSON.stringify(said)}`, () => {
      const { settings, refused } = read({ [name]: said })
      assert.deepEqual([settings[name], refused], [value, []])
    })
  }

  const refused: [name: Name, said: unknown][] = [
    ['enabled', 'maybe'],
    ['control-percent', '51'],
    ['control-percent', '-1'],
    ['control-percent', ''],
    ['control-percent', 'five'],
    ['control-percent', [5]],
    ['epsilon', '0.39'],
    ['epsilon', '8.01'],
    ['epsilon', 'Infinity'],
    ['max-extra-percent', '21'],
    ['max-extra-requests', '4.5'],
    ['keep-playlists-mb', '0'],
    ['keep-playlists-mb', '10001'],
    ...[
      'cache.example',
      'http://cache.example',
      'ftp://cache.example',
      'https://user@cache.example',
      'https://cache.example/?key=1',
      'https://cache.example/#part',
      'https://cache.example/{file}',
      'https://cache.example/{uuid}',
      'https://cache.example/{uuid}{file}',
      'https://cache.example/{file}/{uuid}',
      'https://cache.example/{uuid}/{uuid}/{file}',
      'https://{uuid}.example/{uuid}/{file}',
      'https://cache.example/{name}/{uuid}/{file}',
      'https://cache.example theirs',
      'https://cache.example https://other.example',
      'https://cache.example\nhttps://cache.example/below',
      'https://192.168.1.9',
      'https://localhost',
      'https://[::1]',
      'https://[fe80::1]',
      'https://[::ffff:10.0.0.1]',
      'https://169.254.1.2',
      'https://100.64.0.1',
      'https://0.0.0.0',
      'https://nas.localhost',
      'http://192.168.1.9 ours',
      Array.from({ length: 17 }, (_, i) => `https://${i}.example`).join('\n'),
    ].map((said): [Name, unknown] => ['extra-sources', said]),
    ...[
      'video.example',
      'video.example spare',
      'video.example: 5',
      'video.example/path reserve',
      'reserve',
      'a.example reserve\nhttps://a.example spare much',
      Array.from({ length: 65 }, (_, i) => `${i}.example reserve`).join('\n'),
    ].map((said): [Name, unknown] => ['spared-hosts', said]),
    ['extra-sources', 7],
    ['spared-hosts', ['a.example reserve']],
    ['never-hosts', 'mirror.example/path'],
    ['never-hosts', 'https://user@mirror.example'],
    ['never-hosts', 'javascript:alert(1)'],
    ['never-hosts', Array.from({ length: 65 }, (_, i) => `${i}.example`).join('\n')],
    ['service-url', 'service.example'],
    ['service-url', 'http://service.example'],
    ['service-url', 'http://127.0.0.1.service.example'],
    ['service-url', 'http://8.8.8.8'],
    ['service-url', 'https://user:word@service.example'],
    ['service-url', 'https://service.example/?a=b'],
    ['service-url', 'file:///etc/passwd'],
    ['service-secret', 'short'],
    ['service-secret', 'with blanks in its middle, twice'],
  ]
  for (const [name, said] of refused) {
    test(`${name} may not be ${JSON.stringify(said).slice(0, 50)}, and the default counts`, () => {
      const reading = read({ [name]: said })
      assert.deepEqual(reading.refused, [name])
      assert.deepEqual(reading.settings, read({}).settings)
    })
  }
})

const fieldsOf = ({ settings }: PeerTube) => settings.filter(({ type }) => type !== 'html')

describe('the settings page', () => {
  test('has every setting once, below headings, and begins with the switch and the service', async (t) => {
    const peertube = await PeerTube.during(t)
    const names = peertube.settings.map(({ name }) => name)
    assert.deepEqual(names.slice(0, 4), [
      'enabled',
      'mirrorwise-service',
      'service-url',
      'service-secret',
    ])
    assert.deepEqual(
      fieldsOf(peertube)
        .map(({ name }) => name)
        .sort(),
      Object.keys(RULES).sort(),
    )
  })

  test('names the range of every number', async (t) => {
    const peertube = await PeerTube.during(t)
    for (const { name, descriptionHTML } of fieldsOf(peertube)) {
      const { low, high } = RULES[name as Name].allowed.values
      if (low === undefined) continue
      assert.match(String(descriptionHTML), new RegExp(`From ${low} to ${high}\\.`))
    }
  })

  test('keeps the service’s address and secret from everybody else', async (t) => {
    const peertube = await PeerTube.during(t)
    const hidden = fieldsOf(peertube)
      .filter((setting) => setting.private)
      .map(({ name }) => name)
    assert.deepEqual(hidden, ['service-url', 'service-secret'])
    // Since PeerTube 8, a setting is public only when it says so.
    assert.ok(peertube.settings.every((setting) => typeof setting.private === 'boolean'))
  })
})

describe('the status', () => {
  test('is for administrators', async (t) => {
    const peertube = await PeerTube.during(t)
    for (const [session, status] of [
      [undefined, 401],
      ['somebody-else', 401],
      ['user-session', 403],
      ['moderator-session', 403],
      [ADMINISTRATOR, 200],
    ] as const) {
      const { status: said } = await ask(peertube, 'health', session)
      assert.equal(said, status, session)
    }
  })

  test('checks no service for anybody but administrators, and none that is not allowed', async (t) => {
    const peertube = await PeerTube.during(t)
    const check = (said: unknown, session: string) =>
      post(peertube, 'service-check', said, { Authorization: `Bearer ${session}` })
    assert.equal((await check({}, 'user-session')).status, 403)
    assert.equal((await check({}, ADMINISTRATOR)).said['service'], 'none')
    for (const said of [{ 'service-url': 'http://8.8.8.8' }, { 'service-secret': 'short' }]) {
      assert.equal((await check(said, ADMINISTRATOR)).status, 400)
    }
    for (const said of [[], null, 'text', { 'service-url': 5 }]) {
      assert.ok((await check(said, ADMINISTRATOR)).status < 500)
    }
  })

  test('names settings that are ignored, and tells no secret', async (t) => {
    const secret = 'a-secret-of-more-than-22-characters'
    const settings = { 'service-url': 'http://127.0.0.1:1', 'service-secret': secret }
    const peertube = await PeerTube.during(t, { settings: { ...settings, epsilon: '99' } })
    const said = await health(peertube)
    assert.deepEqual(said['refused'], [
      { label: 'ε of a day’s report', allowed: RULES.epsilon.allowed },
    ])
    assert.match(peertube.logged.join(), /ε of a day’s report/)
    assert.equal(said['service'], 'silent')
    assert.doesNotMatch(JSON.stringify(said) + peertube.logged.join(), new RegExp(secret))
    await peertube.set({ 'service-url': 'http://127.0.0.1:1' })
    assert.equal((await health(peertube))['service'], 'no-secret')
    await peertube.set({})
    assert.equal((await health(peertube))['service'], 'none')
  })
})
