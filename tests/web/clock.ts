/**
 * The tests' clock: services, pages and test processes begin at `NOW`, so that no result depends on
 * the day. `MIRRORWISE_TEST_NOW` (ISO 8601, UTC) sets `NOW`, as in `tests/instance/clock.py`.
 */
import { runInThisContext } from 'node:vm'

export const NOW = new Date(process.env['MIRRORWISE_TEST_NOW'] || '2026-03-15T12:00:00Z')

/** The Python module that runs the service's command line with this clock. */
export const MODULE = 'tests.instance.at'

/** The day before `NOW`. */
export const YESTERDAY = new Date(NOW.getTime() - 86_400_000).toISOString().slice(0, 10)

/**
 * Sets `Date` to `NOW`; from there the clock ticks or stands still. Timers stay real, so that a
 * page has the timeouts that viewers have; all methods of Playwright's clock would replace them.
 */
const script = (ticks: boolean): string => `{
  const began_ms = performance.now()
  const now = () => Math.floor(${NOW.getTime()} + ${ticks ? 'performance.now() - began_ms' : 0})
  globalThis.Date = new Proxy(Date, {
    construct: (Real, given, target) =>
      Reflect.construct(Real, given.length > 0 ? given : [now()], target),
    get: (Real, name) => (name === 'now' ? now : Reflect.get(Real, name)),
  })
}`

/** Init scripts that give a page this clock, ticking or standing still. */
export const TICKING = script(true)
export const STANDING = script(false)

/** Gives this process the ticking clock. */
export const startClock = (): unknown => runInThisContext(TICKING)
