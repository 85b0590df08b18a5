// The recovery time of a drill with its parts. Definitions: docs/measuring.md, "Restore and drills".
// Invariant: the parts are whole milliseconds, none is negative, none overlap, and they add up to the RTO exactly. Not
// here: how phases are measured.
import {
  drillPartNames,
  type DrillPartName,
  type DrillPhase,
  type DrillRecord,
  type DrillReport,
} from '../../model/drill.ts'

type Rto = NonNullable<DrillReport['rto']>

/**
 * null where nothing was owed: no disaster came, or the drill is about a refusal. What never recovered has the parts as
 * far as it came.
 */
export function measureDrillRto(record: DrillRecord): DrillReport['rto'] {
  const {disaster, restore, redundantMs, drill} = record
  if (disaster === null || drill.nature === 'refusal') return null
  const startMs = disaster.invokedMs
  // A write before the disaster is none of a restored cluster.
  const firstWriteMs = record.firstWriteMs !== null && record.firstWriteMs >= startMs ? record.firstWriteMs : null
  const endMs = firstWriteMs ?? Math.max(startMs, ...record.phases.map(phase => phase.toMs))
  return {
    ms: firstWriteMs === null ? null : Math.round(firstWriteMs) - Math.round(startMs),
    recovered: firstWriteMs !== null,
    parts: drillParts(record.phases, startMs, endMs),
    timeToRedundancyMs:
      firstWriteMs === null || redundantMs === null
        ? null
        : Math.round(Math.max(redundantMs, firstWriteMs)) - Math.round(startMs),
    predictedMs: restore?.predictedMs ?? null,
  }
}

/**
 * The phases cut to the time from `startMs` to `endMs`: where two overlap the earlier one has it, and what none covers
 * is `unattributed`. In the order of drillPartNames.
 */
export function drillParts(phases: readonly DrillPhase[], startMs: number, endMs: number): Rto['parts'] {
  const lastMs = Math.round(endMs)
  const spent = new Map<DrillPartName, number>()
  let cursorMs = Math.round(startMs)
  let unattributedMs = 0
  for (const {name, fromMs, toMs} of phases.toSorted(
    (a, b) => a.fromMs - b.fromMs || drillPartNames.indexOf(a.name) - drillPartNames.indexOf(b.name),
  )) {
    const beginMs = within(fromMs, cursorMs, lastMs)
    const finishMs = within(toMs, beginMs, lastMs)
    unattributedMs += beginMs - cursorMs
    spent.set(name, (spent.get(name) ?? 0) + finishMs - beginMs)
    cursorMs = finishMs
  }
  unattributedMs += lastMs - cursorMs
  const named = drillPartNames.flatMap(name => (spent.has(name) ? [{name, ms: spent.get(name) ?? 0}] : []))
  return unattributedMs > 0 ? [...named, {name: 'unattributed', ms: unattributedMs}] : named
}

function within(atMs: number, fromMs: number, toMs: number): number {
  return Math.min(toMs, Math.max(fromMs, Math.round(atMs)))
}
