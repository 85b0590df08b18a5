// The moments of a recovery that its charts mark. Invariant: a moment that nothing tells has no mark. Not here: drawing
// (src/report).
import type {Mark} from '../model/report.ts'
import {isWayBack} from '../model/scenario.ts'
import {eventsOf} from './events-of.ts'
import type {Facts} from './facts.ts'
import {startedSteps} from './moments.ts'

/** In order of time. A backup counts from when it was complete. */
export function marksOf({record, events, moments, recovery}: Facts): readonly Mark[] {
  const {scenario} = record
  const backups = eventsOf(events, 'step.done').flatMap((event): readonly Mark[] => {
    const step = scenario.steps[event.step]
    if (step?.kind === 'barrier') return [{what: 'barrier', atMs: event.atMs, text: 'barrier'}]
    return step?.kind === 'backup' ? [{what: 'backup', atMs: event.atMs, text: `${step.backup} backup`}] : []
  })
  const restores = startedSteps(scenario, events).flatMap(({step, atMs}): readonly Mark[] =>
    isWayBack(step) ? [{what: 'restore', atMs, text: 'restore'}] : [],
  )
  const {disaster} = moments
  const marks: readonly Mark[] = [
    ...backups,
    ...markOf('disaster', disaster?.commandedMs, disaster?.describe ?? ''),
    ...restores,
    ...markOf('first-write', recovery?.firstWriteMs, 'first write'),
    ...markOf('redundant', recovery?.redundantMs, 'fully redundant'),
  ]
  return marks.toSorted((a, b) => a.atMs - b.atMs)
}

function markOf(what: Mark['what'], atMs: number | null | undefined, text: string): readonly Mark[] {
  return atMs === null || atMs === undefined ? [] : [{what, atMs, text}]
}
