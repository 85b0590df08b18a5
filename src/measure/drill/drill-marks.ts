// The moments of a drill that its charts mark. Invariant: a moment that nothing tells has no mark. Not here: drawing
// (src/report/drill).
import type {DrillMark} from '../../model/drill.ts'
import {eventsOf} from '../events-of.ts'
import type {DrillFacts} from './drill-facts.ts'
import {drillStepOf, isWayBack} from './drill-steps.ts'

/** In order of time. A backup counts from when it was complete. */
export function drillMarks({record, events}: Pick<DrillFacts, 'record' | 'events'>): readonly DrillMark[] {
  const {disaster, firstWriteMs, redundantMs, drill} = record
  const backups = eventsOf(events, 'step.done').flatMap((event): readonly DrillMark[] => {
    const step = drillStepOf(event.step, drill, events)
    return step?.kind === 'backup' ? [{what: 'backup', atMs: event.atMs, text: `${step.backup} backup`}] : []
  })
  const restores = eventsOf(events, 'step.started').flatMap((event): readonly DrillMark[] =>
    isWayBack(drillStepOf(event.step, drill, events)) ? [{what: 'restore', atMs: event.atMs, text: 'restore'}] : [],
  )
  const marks: readonly DrillMark[] = [
    ...backups,
    ...(disaster === null ? [] : [{what: 'disaster', atMs: disaster.invokedMs, text: disaster.describe} as const]),
    ...restores,
    ...(firstWriteMs === null ? [] : [{what: 'first-write', atMs: firstWriteMs, text: 'first write'} as const]),
    ...(redundantMs === null ? [] : [{what: 'redundant', atMs: redundantMs, text: 'fully redundant'} as const]),
  ]
  return marks.toSorted((a, b) => a.atMs - b.atMs)
}
