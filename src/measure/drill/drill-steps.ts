// What a drill's steps say of it: the disaster, what kind of recovery that asks for, where the restore ends. Not here:
// how the steps are done.
import type {Disaster, Drill, DrillStep, DrillTarget} from '../../model/drill.ts'
import type {RunEvent} from '../../model/run-event.ts'
import {eventsOf, type EventOf} from '../events-of.ts'

/**
 * The drill's step that an event numbers. The first step that a run starts is the drill's first, whether it is numbered
 * 0 or 1.
 */
export function drillStepOf(step: number, drill: Drill, events: readonly RunEvent[]): DrillStep | null {
  const first = eventsOf(events, 'step.started')[0]?.step ?? 0
  return drill.steps[step - first] ?? null
}

/** The disaster that the drill is about; null when it has none. */
export function disasterOf(steps: readonly DrillStep[]): Disaster | null {
  return steps.find(step => step.kind === 'disaster')?.disaster ?? null
}

/**
 * Does a whole cluster come back from the archive? Otherwise the cluster goes on, and nothing of it may be lost at any
 * time.
 */
export function comesBackWhole(steps: readonly DrillStep[]): boolean {
  return steps.some(step => step.kind === 'restore')
}

/**
 * A bad statement is undone by going back in time; a loss is not, and neither is a table that is brought back into a
 * cluster that goes on.
 */
export function isRewind(steps: readonly DrillStep[]): boolean {
  const disaster = disasterOf(steps)
  if (disaster === null || !comesBackWhole(steps)) return false
  switch (disaster.kind) {
    case 'drop-table':
    case 'update-without-where':
      return true
    case 'lose-primary-volume':
    case 'corrupt-page':
    case 'lose-cluster':
      return false
    default:
      return disaster satisfies never
  }
}

/** Where the drill's restore is to end; null when it has none. */
export function targetOf(steps: readonly DrillStep[]): DrillTarget | null {
  return steps.find(step => step.kind === 'restore')?.target ?? null
}

/** The step that brings back what the disaster took. */
export function isWayBack(step: DrillStep | null): boolean {
  return step?.kind === 'restore' || step?.kind === 'recover-table' || step?.kind === 'repair'
}

/** Why what brings back did not come to its end; null when it did. */
export function failedWayBack(drill: Drill, events: readonly RunEvent[]): EventOf<'step.failed'> | null {
  return eventsOf(events, 'step.failed').find(event => isWayBack(drillStepOf(event.step, drill, events))) ?? null
}
