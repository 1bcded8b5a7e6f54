/** The process of `script/demo`: its output, and its end. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { describe, test } from 'node:test'

interface Run {
  child: ChildProcess
  /** The output so far. */
  said: () => string
  /** Resolves when the output matches `pattern`. */
  says: (pattern: RegExp) => Promise<RegExpExecArray>
  ends: Promise<number | null>
}

function run(options: string[], settings: NodeJS.ProcessEnv = {}): Run {
  const command = ['--import', 'tsx', 'web/demo/server/main.ts', ...options]
  // Without a display no browser is opened.
  const env = { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '', ...settings }
  const child = spawn(process.execPath, command, { env })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => (said += text.toString()))
  }
  const says = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const match = pattern.exec(said)
      if (match) return match
      if (child.exitCode !== null) throw new Error(`it ended without saying ${pattern}: ${said}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  return {
    child,
    said: () => said,
    says,
    ends: once(child, 'exit').then(([code]) => code as number),
  }
}

const ADDRESS = /http:\/\/localhost:\d+/

describe('the demo', () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    test(`prints its address, serves it, and ends in order on ${signal}`, async () => {
      const demo = run([])
      const [address] = await demo.says(ADDRESS)
      const page = await fetch(address)
      assert.match(await page.text(), /<title>Mirrorwise demo<\/title>/)
      demo.child.kill(signal)
      assert.equal(await demo.ends, 0)
      await assert.rejects(fetch(address))
    })
  }

  test('takes another port when its own is busy, and says so', async () => {
    const first = run([])
    const [one] = await first.says(ADDRESS)
    const second = run([])
    await second.says(/Port \d+ is busy/)
    const [other] = await second.says(ADDRESS)
    assert.notEqual(one, other)
    for (const demo of [first, second]) demo.child.kill('SIGTERM')
    assert.deepEqual(await Promise.all([first.ends, second.ends]), [0, 0])
  })

  test('plays headless, and prints the comparison as a table', async () => {
    const demo = run(['--headless', '--seconds', '6'])
    assert.equal(await demo.ends, 0, demo.said())
    assert.match(demo.said(), /^\| \| PeerTube today \| with Mirrorwise \|$/m)
    // With a slow host there may be no first frame within six seconds.
    assert.match(demo.said(), /^\| start-up \| (\d+\.\d s|–) \| (\d+\.\d s|–) \|$/m)
    assert.match(demo.said(), /^\| segments from near \| \d+ \| \d+ \|$/m)
  })

  test('names a wrong option, and a missing browser', async () => {
    const wrong = run(['--headless', '--seconds', 'long'])
    assert.equal(await wrong.ends, 1)
    assert.match(wrong.said(), /^--seconds: /m)
    const blind = run(['--headless'], { MIRRORWISE_CHROMIUM: '/nowhere/chromium' })
    assert.equal(await blind.ends, 1)
    assert.match(blind.said(), /No \/nowhere\/chromium found: install it/)
    const nowhere = run(['--scenario', 'moon'])
    assert.equal(await nowhere.ends, 1)
    assert.match(nowhere.said(), /^--scenario: one of weather, together, origin-gone, home$/m)
    const unknown = run(['--fast'])
    assert.equal(await unknown.ends, 1)
    assert.match(unknown.said(), /^Unknown option '--fast'/m)
  })
})
