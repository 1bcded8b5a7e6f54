/** Advice on each host, from its figures since it became worse, or else of the whole time. */
import { isEstimate, type Alarm, type HostQuality, type QualityReport } from '../service/report.ts'
import { advise, type Advice } from './advice.ts'
import { alarmSentence } from './sentences.ts'

/** The latest alarm of each host that has become worse and has not recovered. */
export function turns({ alarms }: QualityReport): Map<string, Alarm> {
  const inOrder = [...alarms].sort((a, b) => a.day.localeCompare(b.day))
  const last = new Map(inOrder.map((alarm) => [`${alarm.host} ${alarm.question}`, alarm]))
  const turns = new Map<string, Alarm>()
  for (const alarm of [...last.values()].filter(({ worse }) => worse)) {
    if (alarm.day > (turns.get(alarm.host)?.day ?? '')) turns.set(alarm.host, alarm)
  }
  return turns
}

export interface Evidence {
  report: QualityReport
  origin: HostQuality | null
}

export function hostAdvice(mirror: HostQuality, { report, origin }: Evidence): Advice {
  const turn = turns(report).get(mirror.host)
  if (!origin || mirror.host === origin.host) return adviceWithoutOrigin(turn, origin)
  if (!turn) return advise({ mirror, origin, scales: report.scales })
  return adviceSinceTurn(mirror, origin, turn, report)
}

function adviceWithoutOrigin(turn: Alarm | undefined, origin: HostQuality | null): Advice {
  if (turn) return { kind: 'look', text: alarmSentence(turn) }
  const text = origin
    ? 'The others are compared with this host.'
    : 'Choose above what to compare it with, such as the origin.'
  return { kind: 'unclear', text }
}

function adviceSinceTurn(
  mirror: HostQuality,
  origin: HostQuality,
  turn: Alarm,
  report: QualityReport,
): Advice {
  const later = report.turns.find(({ since }) => since === turn.day)?.hosts ?? []
  const [now, then] = [mirror, origin].map((one) => later.find(({ host }) => host === one.host))
  const told = alarmSentence(turn)
  if (!now) return { kind: 'look', text: told }
  const against = steady(origin, then, report.alarms)
  const advice = advise({ mirror: now, origin: against, scales: report.scales, since: turn.day })
  if (advice.kind === 'do') return advice
  return {
    kind: 'look',
    text: `${told} Look whether it is overloaded, or its line has become slower. ${advice.text}`,
  }
}

/** The origin's figures since the alarm, or of the whole time if it is steady with few reports. */
function steady(origin: HostQuality, then: HostQuality | undefined, alarms: Alarm[]): HostQuality {
  const changed = alarms.some(({ host }) => host === origin.host)
  if (!then || changed) return then ?? origin
  const enough = isEstimate(then.ttfb_p50) && isEstimate(then.rate_p50)
  return enough ? then : origin
}

/** The advice on every host, in the order of the report. */
export const adviceByHost = (evidence: Evidence): Map<HostQuality, Advice> =>
  new Map(evidence.report.hosts.map((host) => [host, hostAdvice(host, evidence)]))

const ORDER: readonly Advice['kind'][] = ['do', 'look', 'unclear', 'keep']

/** What asks for something comes first, and of equals the host that serves more. */
export function worstFirst(advice: Map<HostQuality, Advice>): Map<HostQuality, Advice> {
  return new Map(
    [...advice].sort(
      ([hostA, a], [hostB, b]) =>
        ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || hostB.reports - hostA.reports,
    ),
  )
}
