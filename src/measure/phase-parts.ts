// Where the time of a recovery went: its phases, cut to it.
// Invariant: the parts are whole milliseconds, none is negative, none overlap, and they add up to the time exactly. Not
// here: how phases are measured (src/experiment).
import {recoveryPhaseNames, type RecoveryPhaseName} from '../model/recovery-record.ts'
import type {RecoveryPhase} from '../model/report.ts'
import type {RtoPart} from '../model/rto.ts'

/**
 * The phases cut to the time from `startMs` to `endMs`: where two overlap the earlier one has it, and what none covers
 * is `unattributed`. In the order of recoveryPhaseNames.
 */
export function phaseParts(phases: readonly RecoveryPhase[], startMs: number, endMs: number): readonly RtoPart[] {
  const lastMs = Math.round(endMs)
  const spent = new Map<RecoveryPhaseName, number>()
  let cursorMs = Math.round(startMs)
  let unattributedMs = 0
  for (const {name, fromMs, toMs} of phases.toSorted(
    (a, b) => a.fromMs - b.fromMs || recoveryPhaseNames.indexOf(a.name) - recoveryPhaseNames.indexOf(b.name),
  )) {
    const beginMs = within(fromMs, cursorMs, lastMs)
    const finishMs = within(toMs, beginMs, lastMs)
    unattributedMs += beginMs - cursorMs
    spent.set(name, (spent.get(name) ?? 0) + finishMs - beginMs)
    cursorMs = finishMs
  }
  unattributedMs += lastMs - cursorMs
  const named = recoveryPhaseNames.flatMap(name => (spent.has(name) ? [{name, ms: spent.get(name) ?? 0}] : []))
  return unattributedMs > 0 ? [...named, {name: 'unattributed', ms: unattributedMs}] : named
}

function within(atMs: number, fromMs: number, toMs: number): number {
  return Math.min(toMs, Math.max(fromMs, Math.round(atMs)))
}
