/** Validates watch events of a request's body before they are passed on. */
import { isRecord, HttpError } from '../http-errors.ts'
import { today } from '../daily-counters.ts'
import { UUID } from '../../shared/short-uuid.ts'
import { MOST_EVENTS, type Event } from '../../shared/watch-event.ts'
import { TOKEN } from '../../shared/preferences.ts'

const FIELDS = ['viewer', 'video', 'day', 'engaged']

/** The events of a request's body; the service checks that their videos are public. */
export function readEvents(body: unknown): Event[] {
  const events = isRecord(body) ? body['events'] : undefined
  if (!Array.isArray(events) || events.length === 0 || events.length > MOST_EVENTS) {
    throw new HttpError(400, 'events', `must be a list of 1 to ${MOST_EVENTS} events`)
  }
  return events.map((event, i) => checked(event, `events[${i}]`))
}

/** `viewer` of a request's body. */
export function readViewer(body: unknown): string {
  const viewer = isRecord(body) ? body['viewer'] : undefined
  if (isToken(viewer)) return viewer
  throw new HttpError(400, 'viewer', 'must be 22 to 64 letters, digits, _ or -')
}

function checked(event: unknown, at: string): Event {
  if (!isRecord(event)) throw new HttpError(400, at, 'must be an object')
  const strange = Object.keys(event).find((name) => !FIELDS.includes(name))
  const days = [-1, 0, 1].map(today)
  const { viewer, video, day, engaged } = event
  const rules: [boolean, string, string][] = [
    [strange === undefined, (strange ?? '').slice(0, 40), 'is not a field of an event'],
    [isToken(viewer), 'viewer', 'must be 22 to 64 letters, digits, _ or -'],
    [typeof video === 'string' && UUID.test(video), 'video', 'must be a UUID in lower case'],
    [days.includes(day as string), 'day', `must be one of ${days.join(', ')}`],
    [engaged === 0 || engaged === 1, 'engaged', 'must be 0 or 1'],
  ]
  const broken = rules.find(([holds]) => !holds)
  if (broken) throw new HttpError(400, `${at}.${broken[1]}`, broken[2])
  return event as unknown as Event
}

const isToken = (value: unknown): value is string => typeof value === 'string' && TOKEN.test(value)
