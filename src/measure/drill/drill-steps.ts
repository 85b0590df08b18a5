// What a drill's steps say of it: the disaster, what kind of recovery that asks for, where the restore ends. Not here: how the steps are done.
import type {Disaster, Drill, DrillStep, DrillTarget} from '../../model/drill.ts'
import type {RunEvent} from '../../model/run-event.ts'
import {eventsOf} from '../events-of.ts'

/** The drill's step that an event numbers. The first step that a run starts is the drill's first, whether it is numbered 0 or 1. */
export function drillStepOf(step: number, drill: Drill, events: readonly RunEvent[]): DrillStep | null {
  const first = eventsOf(events, 'step.started')[0]?.step ?? 0
  return drill.steps[step - first] ?? null
}

/** The disaster that the drill is about; null when it has none. */
export function disasterOf(steps: readonly DrillStep[]): Disaster | null {
  return steps.find(step => step.kind === 'disaster')?.disaster ?? null
}

/** A bad statement is undone by going back in time; a loss is not. */
export function isRewind(steps: readonly DrillStep[]): boolean {
  const disaster = disasterOf(steps)
  if (disaster === null) return false
  switch (disaster.kind) {
    case 'drop-table':
    case 'update-without-where':
      return true
    case 'lose-primary-volume':
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
