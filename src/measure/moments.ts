// The moments that the rest of the measuring hangs on: when the cluster was first disturbed, when the fault's effect
// was seen, when the last heal was done.
// Invariant: a moment that no event tells is null, never guessed.
import type {RunEvent} from '../model/run-event.ts'
import type {Scenario, Step} from '../model/scenario.ts'
import {eventsOf} from './events-of.ts'

export interface Moments {
  /**
   * The first command that disturbs the cluster (a fault, or the switchover); null in a quiet run. Everything before it
   * is the baseline.
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
}

export function momentsOf(scenario: Scenario, events: readonly RunEvent[]): Moments {
  const switchovers = startedSteps(scenario, events)
    .filter(started => started.step.kind === 'switchover')
    .map(started => started.atMs)
  const commanded = eventsOf(events, 'fault.commanded').map(event => event.atMs)
  const verified = eventsOf(events, 'fault.verified').map(event => event.sinceMs)
  const faultsMs = [...verified, ...switchovers].toSorted((a, b) => a - b)
  const healed = eventsOf(events, 'heal.verified').map(event => event.atMs)
  return {
    disturbedMs: least([...commanded, ...switchovers]),
    faultMs: least(verified) ?? least(switchovers),
    faultsMs,
    calmMs: greatest([...faultsMs, ...healed]),
    silenced: silencedNodes(scenario, events),
  }
}

export interface StartedStep {
  readonly step: Step
  readonly index: number
  readonly atMs: number
}

/**
 * The scenario's steps that were begun. The first step that a run starts is the scenario's first, whether it is
 * numbered 0 or 1.
 */
export function startedSteps(scenario: Scenario, events: readonly RunEvent[]): readonly StartedStep[] {
  const started = eventsOf(events, 'step.started')
  const first = started[0]?.step ?? 0
  return started.flatMap(event => {
    const step = scenario.steps[event.step - first]
    return step === undefined ? [] : [{step, index: event.step, atMs: event.atMs}]
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
