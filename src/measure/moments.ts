// The moments that the rest of the measuring hangs on: when the cluster was first disturbed, when the fault's effect
// was seen, when the last heal was done, when the disaster came.
// Invariant: a moment that no event tells is null, never guessed.
import type {RunEvent} from '../model/run-event.ts'
import type {Scenario, Step, StepKind} from '../model/scenario.ts'
import {eventsOf} from './events-of.ts'

export interface Moments {
  /**
   * The first command that disturbs the cluster (a fault, a switchover, the disaster); null in a quiet run. Everything
   * before it is the baseline.
   */
  readonly disturbedMs: number | null
  /**
   * t_fault: when the probe began that first saw the effect of a fault; a switchover has no effect to wait for, so
   * there it is the start of the step.
   */
  readonly faultMs: number | null
  /** Every moment at which a fault was seen or a switchover begun, ascending. */
  readonly faultsMs: readonly number[]
  /** The last fault or heal that was seen: redundancy can come back only after it. */
  readonly calmMs: number | null
  /** Nodes that a fault cut off from hl itself: that these stop answering is the fault, no fence. */
  readonly silenced: ReadonlySet<string>
  /** null: it never came, or was not seen to have come. */
  readonly disaster: DisasterMoment | null
  /** It was taken between the two; null: there was none, or it was not seen to come about. */
  readonly barrier: {readonly fromMs: number; readonly toMs: number} | null
}

export interface DisasterMoment {
  readonly describe: string
  /** The bad statement was sent, or the loss commanded. */
  readonly commandedMs: number
  /** Its answer was there, or its effect was seen. */
  readonly doneMs: number
  readonly atLsn: string | null
}

export function momentsOf(scenario: Scenario, events: readonly RunEvent[]): Moments {
  const switchovers = startsOf('switchover', scenario, events)
  const commanded = eventsOf(events, 'fault.commanded').map(event => event.atMs)
  const verified = eventsOf(events, 'fault.verified').map(event => event.sinceMs)
  const disasters = eventsOf(events, 'disaster.commanded').map(event => event.atMs)
  const failovers = startsOf('backup-during-failover', scenario, events)
  const faultsMs = [...verified, ...switchovers].toSorted((a, b) => a - b)
  const healed = eventsOf(events, 'heal.verified').map(event => event.atMs)
  return {
    disturbedMs: least([...commanded, ...switchovers, ...failovers, ...disasters]),
    faultMs: least(verified) ?? least(switchovers),
    faultsMs,
    calmMs: greatest([...faultsMs, ...healed]),
    silenced: silencedNodes(scenario, events),
    disaster: disasterOf(events),
    barrier: barrierOf(scenario, events),
  }
}

function barrierOf(scenario: Scenario, events: readonly RunEvent[]): Moments['barrier'] {
  const begun = startedSteps(scenario, events).find(({step}) => step.kind === 'barrier')
  const done = eventsOf(events, 'step.done').find(({step}) => step === begun?.index)
  return begun === undefined || done === undefined ? null : {fromMs: begun.atMs, toMs: done.atMs}
}

function disasterOf(events: readonly RunEvent[]): DisasterMoment | null {
  const commanded = eventsOf(events, 'disaster.commanded')[0]
  const done = eventsOf(events, 'disaster.done').find(event => event.atMs >= (commanded?.atMs ?? Infinity))
  if (commanded === undefined || done === undefined) return null
  return {describe: commanded.describe, commandedMs: commanded.atMs, doneMs: done.atMs, atLsn: done.atLsn}
}

function startsOf(kind: StepKind, scenario: Scenario, events: readonly RunEvent[]): readonly number[] {
  return startedSteps(scenario, events).flatMap(({step, atMs}) => (step.kind === kind ? [atMs] : []))
}

export interface StartedStep {
  readonly step: Step
  readonly index: number
  readonly atMs: number
}

/** The scenario's steps that were begun. */
export function startedSteps(scenario: Scenario, events: readonly RunEvent[]): readonly StartedStep[] {
  return eventsOf(events, 'step.started').flatMap(({step: index, atMs}) => {
    const step = scenario.steps[index]
    return step === undefined ? [] : [{step, index, atMs}]
  })
}

function silencedNodes(scenario: Scenario, events: readonly RunEvent[]): ReadonlySet<string> {
  const silencing = new Set(scenario.steps.flatMap(step => (step.kind === 'inject' && silences(step) ? [step.id] : [])))
  return new Set(
    eventsOf(events, 'fault.commanded').flatMap(event => (silencing.has(event.fault) ? event.targets : [])),
  )
}

function silences({fault}: Extract<Step, {kind: 'inject'}>): boolean {
  switch (fault.kind) {
    case 'kill-container':
    case 'stop-container':
    case 'pause-container':
    case 'kill-postgres':
      return true
    case 'partition':
      return fault.from.includes('clients')
    case 'kill-patroni':
    case 'promote-standby':
      return false
    default:
      return fault satisfies never
  }
}

function least(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.min(...values)
}

function greatest(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.max(...values)
}
