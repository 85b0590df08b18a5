// The fault behind an outage: what it does, to whom, and when it was in place. PURE. Not here: where the outage went
// because of it (rto-parts.ts).
import type {RunEvent} from '../model/run-event.ts'
import type {FaultKind, Scenario, Target} from '../model/scenario.ts'
import {eventsOf} from './events-of.ts'

export interface FaultBehind {
  readonly kind: FaultKind
  readonly targets: ReadonlySet<string>
  /** While it is in place the DCS grants no lease to anybody. */
  readonly takesQuorum: boolean
  readonly commandedMs: number
  /** When its heal was seen; null: it was not. */
  readonly healedMs: number | null
}

/** The one whose effect was seen at `faultMs` (moments.ts); null: none was, a switchover for example. */
export function faultBehind(
  {steps}: Pick<Scenario, 'steps'>,
  events: readonly RunEvent[],
  faultMs: number | null,
): FaultBehind | null {
  const verified = eventsOf(events, 'fault.verified').find(({sinceMs}) => sinceMs === faultMs)
  const step = steps.find(one => one.kind === 'inject' && one.id === verified?.fault)
  const commanded = eventsOf(events, 'fault.commanded').findLast(
    ({fault, atMs}) => fault === verified?.fault && atMs <= verified.atMs,
  )
  if (verified === undefined || commanded === undefined || step?.kind !== 'inject') return null
  const healed = eventsOf(events, 'heal.verified').find(
    ({fault, atMs}) => fault === verified.fault && atMs >= verified.atMs,
  )
  return {
    kind: step.fault.kind,
    targets: new Set(commanded.targets),
    takesQuorum: quorumTargets.includes(step.fault.target.select) && step.fault.kind !== 'promote-standby',
    commandedMs: commanded.atMs,
    healedMs: healed?.atMs ?? null,
  }
}

const quorumTargets: readonly Target['select'][] = ['dcs-majority', 'dcs-all']
