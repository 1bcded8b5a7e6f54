/** Which figures speak of a mirror: since its last turn for the worse, or of all the time. */
import { isEstimate, type Alarm, type HostQuality, type QualityReport } from './report.ts'
import { advise, alarmSentence, type Advice } from './words.ts'

/** The day since which each host has served worse, if it has. */
export function turns({ alarms }: QualityReport): Map<string, Alarm> {
  const latest = [...alarms].sort((a, b) => a.day.localeCompare(b.day))
  const turns = new Map<string, Alarm>()
  for (const alarm of latest) {
    if (alarm.worse && turns.get(alarm.host)?.day !== alarm.day) turns.set(alarm.host, alarm)
  }
  return turns
}

export interface Evidence {
  report: QualityReport
  origin: HostQuality | null
  /** Reports from the day of a turn on, by that day. */
  since: Map<string, QualityReport>
}

export function judge(mirror: HostQuality, evidence: Evidence): Advice {
  const { report, origin } = evidence
  if (!origin) {
    return { kind: 'unclear', text: 'Choose the origin above, so that it can be compared with it.' }
  }
  if (mirror.host === origin.host) {
    return { kind: 'keep', text: 'This is the origin: it must serve whatever no mirror has.' }
  }
  const turn = turns(report).get(mirror.host)
  if (!turn) return advise({ mirror, origin, scales: report.scales })
  return judgeTurned(mirror, origin, turn, evidence)
}

function judgeTurned(
  mirror: HostQuality,
  origin: HostQuality,
  turn: Alarm,
  { report, since }: Evidence,
): Advice {
  const later = since.get(turn.day)
  const now = later?.hosts.find(({ host }) => host === mirror.host)
  const then = later?.hosts.find(({ host }) => host === origin.host)
  const advice = advise({
    mirror: now ?? mirror,
    origin: steady(origin, then, report.alarms),
    scales: report.scales,
    since: turn.day,
  })
  if (advice.kind === 'do') return advice
  return {
    kind: 'look',
    text: `${alarmSentence(turn)} Look whether it is overloaded, or has got more distant viewers because another mirror fades. ${advice.text}`,
  }
}

/** With few reports since then, an origin that has not changed is as it has always been. */
function steady(origin: HostQuality, then: HostQuality | undefined, alarms: Alarm[]): HostQuality {
  const changed = alarms.some(({ host }) => host === origin.host)
  if (!then || changed) return then ?? origin
  const enough = isEstimate(then.ttfb_p50) && isEstimate(then.rate_p50)
  return enough ? then : origin
}
