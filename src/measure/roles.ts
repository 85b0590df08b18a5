// Who called itself what, and when, as spans. Invariant: spans of one node follow each other without overlap; a node is
// silent until its first event.
// Not here: what a role proves (nothing by itself: split-brain.ts).
import type {RoleSpan} from '../model/report.ts'
import type {RunEvent} from '../model/run-event.ts'
import {eventsOf} from './events-of.ts'

/**
 * One span per role of each node, from the start of the run (or its first event) to `endMs`. A node that was known
 * before its first change had that role from the start.
 */
export function roleSpans(events: readonly RunEvent[], endMs: number): readonly RoleSpan[] {
  const startMs = events[0]?.atMs ?? 0
  const byNode = Map.groupBy(eventsOf(events, 'role.changed'), event => event.node)
  return [...byNode].flatMap(([node, changes]) => {
    const first = changes[0]
    const before =
      first === undefined || first.from === 'unknown'
        ? []
        : [{node, role: first.from, fromMs: startMs, toMs: first.atMs}]
    const after = changes.map((change, index) => ({
      node,
      role: change.to,
      fromMs: change.atMs,
      toMs: changes[index + 1]?.atMs ?? Math.max(endMs, change.atMs),
    }))
    return [...before, ...after].filter(span => span.toMs > span.fromMs)
  })
}
